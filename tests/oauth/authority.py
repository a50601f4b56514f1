"""The authorization server as a process, and a project that takes its tokens and no others."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from clients.installing import NODE, node_modules
from micro import Context, Service
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.gateway.auth.setup import project_auth
from micro.sections import AuthSettings
from micro.serving import Serving
from micro.snapshots import AuditRecord

PACKAGES = ("oidc-provider@9.13.3",)
SCRIPT = Path(__file__).parent / "provider.mjs"
SECRET = "of%20the%20machine"
REDIRECT = "http://127.0.0.1:9/callback"
"""Where nobody listens: the code is read off the redirect."""

shop = Service("shop")


@shop.tool(scopes=["shop:read"])
def whoami(ctx: Context) -> str:
    return ctx.subject


@shop.tool(scopes=["shop:admin"])
def close() -> str:
    return "closed"


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    records: list[AuditRecord]

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"


@contextmanager
def authority(port: int, resource: str, *, key: str = "first") -> Generator[str]:
    """Run the authorization server with a fresh key of this id, and give its issuer."""
    folder = node_modules(PACKAGES)
    script = folder / SCRIPT.name  # modules are looked for from where a script lies
    script.write_text(SCRIPT.read_text("utf-8"), "utf-8")
    command = [str(NODE), "--no-warnings", str(script), str(port), resource, key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            yield next(line.strip() for line in lines if line.startswith("http"))
        finally:
            process.terminate()


@asynccontextmanager
async def project(issuer: str, tmp_path: Path, **settings: Any) -> AsyncGenerator[Served]:
    """Serve a project whose settings name the issuer; its own URL is the audience."""
    records: list[AuditRecord] = []
    sock = bind(Address(host="127.0.0.1"))
    url = address_of(sock).url
    asked = AuthSettings(required=True, issuer=issuer, audience=f"{url}/mcp", **settings)
    auth = project_auth(asked, tmp_path / "keys.json").auth
    serving = Serving(shop, auth=auth, audit=records.append)
    app = HttpApp(serving.endpoint, access=Access.of(Address(host="127.0.0.1")))
    async with serving.running(), anyio.create_task_group() as tasks:
        await tasks.start(serve_web, app, [sock])
        yield Served(url=url, records=records)
        tasks.cancel_scope.cancel()
    sock.close()


class Storage:
    """What the official client remembers."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Somebody with a browser who says yes to everything."""

    def __init__(self) -> None:
        self.came_to = ""
        self.asked = dict[str, list[str]]()

    async def open(self, url: str) -> None:
        self.asked = parse_qs(urlsplit(url).query)
        async with httpx2.AsyncClient(trust_env=False) as browser:
            while not url.startswith(REDIRECT):
                answer = await browser.get(url)
                url = str(answer.url.join(answer.headers["location"]))
        self.came_to = url

    async def give_code(self) -> AuthorizationCodeResult:
        found = parse_qs(urlsplit(self.came_to).query)
        return AuthorizationCodeResult(
            code=found["code"][0], state=found["state"][0], iss=found["iss"][0]
        )


def by_code(served: Served, storage: Storage, person: Person) -> OAuthClientProvider:
    """The official client's code flow with PKCE; it knows our URL and nothing else."""
    metadata = OAuthClientMetadata(
        client_name="tests",
        redirect_uris=[REDIRECT],  # pyright: ignore[reportArgumentType]
        grant_types=["authorization_code"],
        token_endpoint_auth_method="none",
    )
    return OAuthClientProvider(served.mcp, metadata, storage, person.open, person.give_code)


def by_secret(served: Served, storage: Storage, issuer: str) -> ClientCredentialsOAuthProvider:
    """The official client's flow of programs that act for themselves."""
    return ClientCredentialsOAuthProvider(
        served.mcp, storage, "machine", "of the machine", scope="shop:read", issuer=issuer
    )


async def revoke(issuer: str, token: str, *, client: str) -> None:
    """Take a token back at the authorization server."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{issuer}/token/revocation", data={"token": token}, auth=(client, SECRET)
        )
    assert answer.status_code == 200, answer.text


async def token_for(issuer: str, resource: str, *, client: str = "machine") -> str:
    """Fetch a token by hand, for whatever resource; those of `brief` last 2 to 3 seconds."""
    form = {"grant_type": "client_credentials", "resource": resource, "scope": "shop:read"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{issuer}/token", data=form, auth=(client, SECRET))
    return str(answer.json()["access_token"])
