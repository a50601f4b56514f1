// The TypeScript SDK 1.x: a call whose connection is cut while it runs is answered all the same.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline/promises";

const [, target] = process.argv.slice(2);
const packages = createRequire(process.env.CLIENTS + "/package.json");
const load = (name) => import(pathToFileURL(packages.resolve("@modelcontextprotocol/sdk/" + name)));
const { Client } = await load("client/index.js");
const { StreamableHTTPClientTransport } = await load("client/streamableHttp.js");

const say = (step, value = null) => console.log(JSON.stringify({ step, value }));
const heard = createInterface({ input: process.stdin });

const client = new Client({ name: "typescript-1", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(target)));
const call = (name, args, options) =>
  client.callTool({ name, arguments: args }, undefined, options);

const steps = [];
const onprogress = async ({ progress, total }) => {
  if (steps.push(progress) !== total) return;
  say("cut");
  await new Promise((resolve) => heard.once("line", resolve));
  await call("shop_take", {});
};
const packed = await call("shop_pack", { boxes: 3 }, { onprogress });
say("steps", steps);
say("packed", packed.content[0].text);
await client.close();
process.exit(0);
