// A real authorization server for tests: says yes to everybody, as `ada`, and signs JWTs.
// node provider.mjs PORT RESOURCE KEY_ID; prints its issuer once it listens.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

const [port, resource, kid] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const SHORT_LIVED = "brief";
const OPAQUE = "opaque"; // its tokens are no JWTs: of those this server tells nothing, nor revokes any
const scopes = ["shop:read", "shop:admin"];

const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), kid, alg: "ES256", use: "sig" };

const provider = new Provider(issuer, {
  clients: ["machine", SHORT_LIVED, OPAQUE].map((client_id) => ({
    client_id,
    client_secret: "of the machine",
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    scope: scopes.join(" "),
  })),
  scopes: ["openid", "offline_access", ...scopes],
  jwks: { keys: [key] },
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  cookies: { keys: ["of the cookies"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { Grant: 600, Interaction: 600, Session: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      // Any resource may be asked for: that its tokens are good for no other is for us to see.
      getResourceServerInfo: (_, audience, client) => ({
        scope: scopes.join(" "),
        audience,
        accessTokenFormat: client.clientId === OPAQUE ? "opaque" : "jwt",
        accessTokenTTL: client.clientId === SHORT_LIVED ? 3 : 600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});

async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: "ada" } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? "");
  grant.addResourceScope(params.resource ?? resource, params.scope ?? "");
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent });
}

const answer = provider.callback();
createServer((request, response) =>
  request.url.startsWith("/interaction/") ? agree(request, response) : answer(request, response),
).listen(Number(port), "127.0.0.1", () => console.log(issuer));
