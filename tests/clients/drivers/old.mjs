// The TypeScript SDK 1.x, over each transport that it has.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [transport, target, command] = process.argv.slice(2);
const packages = createRequire(process.env.CLIENTS + "/package.json");
const load = (name) => import(pathToFileURL(packages.resolve("@modelcontextprotocol/sdk/" + name)));
const { Client } = await load("client/index.js");
const { ToolListChangedNotificationSchema } = await load("types.js");

const say = (step, value = null) => console.log(JSON.stringify({ step, value }));

async function makeTransport() {
  if (transport === "streamable") {
    const { StreamableHTTPClientTransport } = await load("client/streamableHttp.js");
    return new StreamableHTTPClientTransport(new URL(target));
  }
  if (transport === "sse") {
    const { SSEClientTransport } = await load("client/sse.js");
    return new SSEClientTransport(new URL(target));
  }
  if (transport === "websocket") {
    const { WebSocketClientTransport } = await load("client/websocket.js");
    return new WebSocketClientTransport(new URL(target));
  }
  const { StdioClientTransport } = await load("client/stdio.js");
  const args = ["-m", "micro_devtool", "mcp", "serve", target];
  return new StdioClientTransport({ command, args, env: process.env });
}

async function connect() {
  const client = new Client({ name: "typescript-1", version: "1.0.0" });
  await client.connect(await makeTransport());
  return client;
}

const names = async (client) => (await client.listTools()).tools.map((tool) => tool.name).sort();
const call = (client, name, args, options) =>
  client.callTool({ name, arguments: args }, undefined, options);

const client = await connect();
say("server", client.getServerVersion().name);
say("tools", await names(client));
say("call", (await call(client, "shop_add", { a: 2, b: 40 })).content[0].text);
say("structured", (await call(client, "shop_price", { item: "tea" })).structuredContent);
const failed = await call(client, "shop_price", { item: "nothing" });
say("error", [failed.isError, failed.content[0].text]);
await call(client, "shop_none", {}).catch((error) => say("unknown", error.code));
const steps = []; // only once all are heard does the call end, by another one
const onprogress = ({ progress, total }) =>
  steps.push(progress) === total && call(client, "shop_take", {});
await call(client, "shop_pack", { boxes: 3 }, { onprogress });
say("progress", steps);
const changed = new Promise((resolve) =>
  client.setNotificationHandler(ToolListChangedNotificationSchema, resolve),
);
say("waiting");
await changed;
say("changed", await names(client));
await client.close();

const second = await connect();
say("again", (await call(second, "shop_add", { a: 1, b: 1 })).content[0].text);
await second.close();
process.exit(0);
