"""One service behind every door, and a client for each: for tests that compare what doors say."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2
import msgspec
from joserfc import jwk, jwt
from joserfc.jwk import KeySet
from mcp import MCPError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from doors.harness import DEADLINE, INITIALIZE, MODERN, call, line_client, request
from micro import Service, ToolError
from micro.calls import ERROR_KEY, RETRYABLE_KEY, Caller
from micro.control import CallRefused, connect_control, serve_control
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.stdio import serve_socket
from micro.doors.web import serve_web
from micro.gateway.auth.auth import Auth
from micro.gateway.auth.jwt import JwtVerifier
from micro.gateway.auth.keys import KeyStore
from micro.protocol.memory import connect_memory
from micro.runtime import Runtime
from micro.serving import Serving
from micro.snapshots import AuditRecord

ISSUER, AUDIENCE = "https://issuer.example", "https://tools.example/mcp"
KEY = jwk.ECKey.generate_key("P-256", {"kid": "k"}, private=True)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client was told, in one form for every door."""

    kind: str
    text: str
    retryable: bool = False
    retry_after: float | None = None
    status: int = 0
    headers: Any = None
    data: Any = None


@dataclass
class Shop:
    url: str
    socket: Path
    control: Path
    keys: KeyStore
    records: list[AuditRecord]
    gate: Gate
    serving: Serving

    @property
    def runtime(self) -> Runtime:
        return self.serving.runtime

    def token(self, kind: str = "good") -> str:
        """Make a token of a kind; ``none`` is empty."""
        match kind:
            case "none":
                return ""
            case "bad":
                return f"micro_{'0' * 12}_{'a' * 43}"
            case "expired":
                return self.keys.create("ada", ("shop:*",), ttl=1e-6)
            case "poor":
                return self.keys.create("ada", ("other:*",), ttl=None)
            case "wrong audience" | "jwt":
                audience = AUDIENCE if kind == "jwt" else "https://other.example"
                claims = {"iss": ISSUER, "aud": audience, "sub": "ada", "exp": 2**33}
                head = {"alg": "ES256", "kid": "k"}
                return jwt.encode(head, claims | {"scope": "shop:*"}, KEY, algorithms=["ES256"])
            case _:
                return self.keys.create("ada", ("shop:*",), ttl=None)


@dataclass
class Gate:
    entered: anyio.Event = field(default_factory=anyio.Event)
    release: anyio.Event = field(default_factory=anyio.Event)

    async def wait(self) -> str:
        self.entered.set()
        await self.release.wait()
        return "released"


class StaticKeys:
    async def keys(self, *, fresh: bool = False) -> KeySet:
        return KeySet([KEY])


def make_service(gate: Gate) -> Service:
    shop = Service("shop")
    needs = ["shop:read"]

    @shop.tool(scopes=needs)
    def echo(text: str) -> str:
        return text

    @shop.tool(scopes=needs)
    def refuse(text: str) -> str:
        raise ToolError(f"no {text} left", retryable=True)

    @shop.tool(scopes=needs, rate_limit="1/h")
    def limited(text: str) -> str:
        return text

    @shop.tool(scopes=needs, breaker="1 open 1h")
    def down(text: str) -> str:
        raise RuntimeError("secret words of the service")

    @shop.tool(scopes=needs, concurrency="1 queue 0")
    async def busy(text: str) -> str:
        return await gate.wait()

    @shop.tool(scopes=needs, approve="always")
    def careful(text: str) -> str:
        return text

    @shop.tool(scopes=needs, timeout=0.05)
    async def slow(text: str) -> str:
        await anyio.sleep_forever()
        return text

    return shop


@asynccontextmanager
async def open_shop(*, issuers: tuple[str, ...] = ()) -> AsyncGenerator[Shop]:
    """Serve the shop over HTTP and Unix sockets; everyone needs a token."""
    gate, records = Gate(), list[AuditRecord]()
    with tempfile.TemporaryDirectory() as folder:
        keys = KeyStore(Path(folder, "keys.json"))
        verifier = JwtVerifier(StaticKeys(), issuer=ISSUER, audience=AUDIENCE)
        auth = Auth([keys, verifier], required=True, issuers=issuers)
        serving = Serving(make_service(gate), audit=records.append, auth=auth)
        address, path, orders = (
            Address(host="127.0.0.1"),
            Path(folder, "mcp.sock"),
            Path(folder, "control.sock"),
        )
        web, unix, control = bind(address), bind(Address(path=path)), bind(Address(path=orders))
        app = HttpApp(serving.endpoint, access=Access.of(address), sse=True)
        try:
            async with serving.running(), anyio.create_task_group() as tasks:
                await tasks.start(serve_web, app, [web])
                await tasks.start(serve_socket, unix, serving.endpoint)
                tasks.start_soon(serve_control, serving.runtime, control)
                url = address_of(web).url
                yield Shop(
                    url=url,
                    socket=path,
                    control=orders,
                    keys=keys,
                    records=records,
                    gate=gate,
                    serving=serving,
                )
                tasks.cancel_scope.cancel()
        finally:
            control.close()
            unix.close()
            web.close()


def http_client(shop: Shop, token: str) -> httpx2.AsyncClient:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx2.AsyncClient(base_url=shop.url, timeout=DEADLINE, headers=headers, trust_env=False)


async def by_rest(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    async with http_client(shop, token) as client:
        answer = await client.post("/mcp/call", json={"tool": tool, "input": arguments})
        body = answer.json()
        if answer.status_code == 200:
            return Answer(kind="ok", text=body["result"], status=200, headers=answer.headers)
        error = body["error"]
        mend = f" To mend it: {error['mend']}." if error.get("mend") else ""
        return Answer(
            kind=error["kind"],
            text=error["message"] + mend,
            retryable=error["retryable"],
            retry_after=error.get("retry_after"),
            status=answer.status_code,
            headers=answer.headers,
        )


async def by_http(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    message = call(tool, arguments, _meta=MODERN)
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    async with http_client(shop, token) as client:
        answer = await client.post("/mcp", json=message, headers=headers)
        return _of_rpc(answer.json(), answer)


async def by_older_http(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    headers = {"accept": "application/json, text/event-stream"}
    async with http_client(shop, token) as client:
        hello = request("initialize", INITIALIZE)
        welcome = await client.post("/mcp", json=hello, headers=headers)
        if "mcp-session-id" in welcome.headers:
            headers["mcp-session-id"] = welcome.headers["mcp-session-id"]
            done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            await client.post("/mcp", json=done, headers=headers)
        answer = await client.post("/mcp", json=call(tool, arguments, id=2), headers=headers)
        return _of_rpc(_body(answer), answer)


async def by_lines(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    async with line_client(shop.socket, hello=False) as client:
        await client.ask({"micro": 1, "pid": 1, "token": token})
        return _of_rpc(await client.ask(call(tool, arguments, _meta=MODERN)))


async def by_websocket(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = shop.url.replace("http", "ws") + "/mcp/ws"
    try:
        async with connect(url, additional_headers=headers, proxy=None) as connection:
            await connection.send(msgspec.json.encode(call(tool, arguments, _meta=MODERN)).decode())
            return _of_rpc(msgspec.json.decode(await connection.recv()))
    except InvalidStatus as refused:
        error = msgspec.json.decode(refused.response.body or b"")["error"]
        return Answer(
            kind=error["kind"],
            text=f"{error['message']} To mend it: {error['mend']}.",
            status=refused.response.status_code,
            headers=refused.response.headers,
        )


async def by_sse(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    async with http_client(shop, token) as client, client.stream("GET", "/mcp/sse") as stream:
        if stream.status_code != 200:
            error = msgspec.json.decode(await stream.aread())["error"]
            return Answer(
                kind=error["kind"],
                text=f"{error['message']} To mend it: {error['mend']}.",
                status=stream.status_code,
                headers=stream.headers,
            )
        lines = (line async for line in stream.aiter_lines() if line.startswith("data: "))
        where = (await anext(lines)).removeprefix("data: ")
        await client.post(where, json=call(tool, arguments, _meta=MODERN))
        return _of_rpc(msgspec.json.decode((await anext(lines)).removeprefix("data: ")))


async def by_memory(shop: Shop, token: str, tool: str, arguments: dict[str, Any]) -> Answer:
    endpoint = shop.serving.endpoint
    caller = await endpoint.gateway.auth.identify(Caller(door="memory"), token)
    async with connect_memory(endpoint, caller=caller) as client:
        try:
            result = await client.call_tool(tool, arguments)
        except MCPError as refused:
            error = refused.error.model_dump()
            return _of_rpc({"error": error})
        return _of_rpc({"result": result.model_dump(by_alias=True)})


async def by_control(
    shop: Shop, token: str, tool: str, arguments: dict[str, Any], *, door: Any
) -> Answer:
    """Call over the control socket: whoever may open it says who calls, and needs no token."""
    who = await shop.keys.authenticate(token)
    assert who is not None
    async with connect_control(shop.control) as control:
        try:
            called = await control.call(
                tool,
                msgspec.json.encode(arguments).decode(),
                door=door,
                subject=who.subject,
                scopes=who.scopes,
            )
        except CallRefused as refused:
            details = refused.details
            mend = f" To mend it: {refused.mend}." if refused.mend else ""
            return Answer(
                kind=details["kind"],
                text=refused.message + mend,
                retryable=details["retryable"],
                retry_after=details.get("retry_after"),
            )
        return Answer(kind=called.kind or "ok", text=called.text, retryable=called.retryable)


By = Callable[[Shop, str, str, dict[str, Any]], Awaitable[Answer]]

DOORS: dict[str, By] = {
    "rest": by_rest,
    "http": by_http,
    "older http": by_older_http,
    "stdio": by_lines,
    "websocket": by_websocket,
    "sse": by_sse,
    "memory": by_memory,
    "cli": partial(by_control, door="cli"),
    "dashboard": partial(by_control, door="dashboard"),
}

ASKS_NO_TOKEN = ("cli", "dashboard")
"""Doors that only the project's owner can open."""


def _body(answer: httpx2.Response) -> Any:
    """Give the message of a JSON answer, or of a stream's last event."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        return httpx2.Response(200, text=lines[-1].removeprefix("data: ")).json()
    return answer.json()


def _of_rpc(message: Any, answer: httpx2.Response | None = None) -> Answer:
    status, headers = (answer.status_code, answer.headers) if answer is not None else (0, None)
    if "error" in message:
        error = message["error"]
        data = error["data"]
        return Answer(
            kind=data["kind"],
            text=error["message"],
            retryable=data["retryable"],
            retry_after=data.get("retry_after"),
            status=status,
            headers=headers,
            data=data,
        )
    result = message["result"]
    meta = result["_meta"]
    return Answer(
        kind=meta[ERROR_KEY] if result["isError"] else "ok",
        text=result["content"][0]["text"],
        retryable=meta.get(RETRYABLE_KEY, False),
        status=status,
        headers=headers,
    )
