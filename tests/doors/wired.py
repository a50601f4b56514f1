"""The same application served in each way, past ASGI and by it, and raw requests to compare."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import SocketStream
from starlette.types import Receive, Scope, Send

from doors.harness import DEADLINE, MODERN, call, request, serving
from doors.web_client import modern
from micro.doors.access import Access
from micro.doors.auth import HttpAuth
from micro.doors.direct import DirectPosts
from micro.doors.heads import Head, ParsedHeads
from micro.doors.http import MCP_PATH, HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.protocol.endpoint import McpEndpoint

CHANGING = re.compile(rb"\b[0-9a-f]{32}\b|date: [^\r]*|\"retryAfter\":[0-9.]+")


class Counted(DirectPosts):
    """Answers posts, and knows how many."""

    answered = 0

    async def answer(self, head: Head, body: bytes, **context: Any) -> bool:
        done = await super().answer(head, body, **context)
        self.answered += done
        return done


class Peer:
    """A connection by hand."""

    def __init__(self, stream: SocketStream) -> None:
        self.stream = stream
        self._buffer = b""

    async def ask(self, *parts: bytes) -> bytes:
        """Send a request in parts, and give the answer but for what always changes."""
        for part in parts:
            await self.stream.send(part)
            await anyio.lowlevel.checkpoint()
        return await self.read()

    async def read(self, *, changes: bool = False) -> bytes:
        """Give the next answer, as ``ask`` does; what is there of it if the connection ends."""
        with anyio.fail_after(DEADLINE):
            try:
                answer = await self._read()
                return answer if changes else CHANGING.sub(b"*", answer)
            except anyio.EndOfStream:
                return self._buffer + b"<end>"

    async def _read(self) -> bytes:
        head = await self._until(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if length is None:
            return head + (await self._until(b"\r\n0\r\n\r\n") if b"chunked" in head else b"")
        while len(self._buffer) < int(length[1]):
            self._buffer += await self.stream.receive()
        return head + self._take(int(length[1]))

    async def until(self, mark: bytes) -> bytes:
        """Give what comes, up to a mark that is in it."""
        with anyio.fail_after(DEADLINE):
            return await self._until(mark)

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._buffer += await self.stream.receive()
        return self._take(self._buffer.index(mark) + len(mark))

    def _take(self, size: int) -> bytes:
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


class ByAsgi:
    """An application that a server knows nothing more of."""

    def __init__(self, app: HttpApp) -> None:
        self._app = app
        self.end_streams = app.end_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """The servers, by their ports: past ASGI, by ASGI at once what is plain, and the usual way."""

    direct: int
    posted: int
    asgi: int
    posts: Counted
    by_asgi: Counted


def counted(endpoint: McpEndpoint, *, by_asgi: bool = False) -> Counted:
    """Give what answers posts past ASGI, or those that come ``by_asgi``, and nothing else."""
    auth = HttpAuth(endpoint.gateway, endpoint.gateway.auth)
    posts = Counted(endpoint, access=Access(), auth=auth, path=MCP_PATH)
    if not by_asgi:
        posts.parsed = ParsedHeads(MCP_PATH, lambda scope: None)
    return posts


def _app(endpoint: McpEndpoint, posts: Counted) -> HttpApp:
    app = HttpApp(endpoint)
    app.direct = posts
    return app


@asynccontextmanager
async def wired(endpoint: McpEndpoint) -> AsyncGenerator[Wired]:
    """Serve a running endpoint in each way."""
    posts, by_asgi = counted(endpoint), counted(endpoint, by_asgi=True)
    apps = {
        "direct": _app(endpoint, posts),
        "posted": ByAsgi(_app(endpoint, by_asgi)),
        "asgi": ByAsgi(_app(endpoint, counted(endpoint))),
    }
    sockets = {way: bind(Address(host="127.0.0.1")) for way in apps}
    ports = {way: address_of(sock).port for way, sock in sockets.items()}
    async with anyio.create_task_group() as tasks:
        for way, app in apps.items():
            await tasks.start(serve_web, app, [sockets[way]])
        yield Wired(**ports, posts=posts, by_asgi=by_asgi)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def peer(port: int) -> AsyncGenerator[Peer]:
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        yield Peer(stream)


def raw(body: object, headers: Mapping[str, str], *, line: str = "POST /mcp HTTP/1.1") -> bytes:
    """Write a request by hand."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Host": "localhost", "Content-Type": "application/json"} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{line}\r\n{lines}Content-Length: {len(text)}\r\n\r\n".encode() + text


def raw_call(tool: str, text: str = "tea", /, *, id: int = 1, **headers: str) -> bytes:
    """Write a call of 2026-07-28."""
    name = {"Mcp-Name": tool}
    message = call(tool, {"text": text}, id=id, _meta=MODERN)
    return raw(message, modern("tools/call") | name | headers)


@asynccontextmanager
async def two_ways() -> AsyncGenerator[tuple[Wired, Peer, Peer]]:
    """Give both servers, and a connection to each."""
    async with (
        serving() as served,
        wired(served.endpoint) as both,
        peer(both.direct) as direct,
        peer(both.asgi) as asgi,
    ):
        yield both, direct, asgi


ECHO = raw_call("demo_echo")
TRACE = f"00-{'a' * 32}-{'c' * 16}-01"

PLAIN: dict[str, bytes] = {
    "a call": ECHO,
    "a call in other letters": ECHO.replace(b"Content-Length", b"content-length"),
    "text that is not ASCII": raw_call("demo_echo", "smørrebrød 🍞"),
    "a tool that fails": raw_call("demo_fail"),
    "a list": raw(request("tools/list", {"_meta": MODERN}), modern("tools/list")),
    "a list that may be packed": raw(
        request("tools/list", {"_meta": MODERN}), modern("tools/list") | {"Accept-Encoding": "gzip"}
    ),
    "discovery": raw(request("server/discover", {"_meta": MODERN}), modern("server/discover")),
    "a trace in the message": raw(
        call("demo_echo", _meta=MODERN | {"traceparent": TRACE}), modern("tools/call", "demo_echo")
    ),
    "a connection that is to stay": raw_call("demo_echo", Connection="keep-alive"),
}
"""Answered past ASGI, from the second time on."""

OTHERS: dict[str, bytes] = {
    "a tool that is not there": raw_call("demo_nothing"),
    "a header that disagrees": raw_call("demo_echo", **{"mcp-method": "tools/list"}),
    "no JSON": raw(b"{", modern("tools/call", "demo_echo")),
    "no body": raw(b"", modern("tools/call", "demo_echo")),
    "no text": raw(b'{"a":"\xff"}', modern("tools/call", "demo_echo")),
    "another host": raw_call("demo_echo", Host="evil.example"),
    "another origin": raw_call("demo_echo", Origin="https://evil.example"),
    "a mirrored argument": raw_call("demo_echo", **{"Mcp-Param-Text": "x"}),
    "a trace in the headers": raw_call("demo_echo", traceparent=TRACE),
    "a session that is not there": raw(call("demo_echo"), {"Mcp-Session-Id": "0" * 32}),
    "a session's first words": raw(request("ping"), {"Accept": "application/json"}),
    "nothing but JSON": raw_call("demo_echo", Accept="application/json"),
    "a batch": raw([request("ping")], modern("ping")),
    "another path": raw({"tool": "demo.echo"}, {}, line="POST /mcp/call HTTP/1.1"),
    "an answer before the body": raw(b"x" * 150_000, {}, line="POST /nowhere HTTP/1.1"),
    "a last answer before the body": raw(
        b"x" * 150_000, {"Connection": "close"}, line="POST /nowhere HTTP/1.1"
    ),
    "another method": raw(b"", {}, line="PUT /mcp HTTP/1.1"),
    "a query": raw_call("demo_echo").replace(b"/mcp ", b"/mcp?a=b "),
    "a length that is none": ECHO.replace(b"Content-Length: ", b"Content-Length: +"),
    "two lengths": ECHO.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
    "a body that is announced": raw_call("demo_echo", Expect="100-continue"),
    "an old client": ECHO.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "the last request": raw_call("demo_echo", Connection="close"),
    "a large body": raw_call("demo_echo", "x" * 150_000),
}
"""Answered by ASGI, or by uvicorn alone."""
