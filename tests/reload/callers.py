"""Callers of one tool, ``soak.number``, at every door: each over one connection that stays."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream
from anyio.streams.buffered import BufferedByteReceiveStream
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

Ask = Callable[[], Awaitable[dict[str, Any]]]
OLD, NEW = "2025-11-25", "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": NEW,
    "io.modelcontextprotocol/clientInfo": {"name": "soak", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZE = {
    "protocolVersion": OLD,
    "capabilities": {},
    "clientInfo": {"name": "soak", "version": "1"},
}
_ids = itertools.count(1)
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def message(id: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def tool_call(*, new: bool = False) -> dict[str, Any]:
    meta = {"_meta": META} if new else {}
    return message(next(_ids), "tools/call", name="soak_number", arguments={}, **meta)


def result_of(answer: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """Give the structured result; what is not the good answer of that call fails the test."""
    assert answer["id"] == call["id"], answer
    result = answer["result"]
    assert not result.get("isError"), result
    return result["structuredContent"]


class Http:
    """One kept-alive connection; a status that is not good fails the test."""

    def __init__(self, stream: anyio.abc.SocketStream, host: str) -> None:
        self._stream = stream
        self._reader = BufferedByteReceiveStream(stream)
        self._host = host

    async def post(
        self, path: str, body: dict[str, Any], **headers: str
    ) -> tuple[dict[str, str], bytes]:
        data = json.dumps(body).encode()
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {self._host}",
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            f"Content-Length: {len(data)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        await self._stream.send("\r\n".join([*lines, "", ""]).encode() + data)
        head = (await self._reader.receive_until(b"\r\n\r\n", 8192)).decode().split("\r\n")
        found = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
        answer = await self._body(found)
        assert head[0].split()[1] in ("200", "202"), (head, answer)
        return found, answer

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.receive_exactly(int(headers.get("content-length", "0")))
        body = b""
        while length := int(await self._reader.receive_until(b"\r\n", 64), 16):
            body += await self._reader.receive_exactly(length)
            await self._reader.receive_exactly(2)
        await self._reader.receive_exactly(2)
        return body


@asynccontextmanager
async def http(address: str) -> AsyncGenerator[Http]:
    url = urlsplit(address)
    assert url.hostname
    assert url.port
    async with await anyio.connect_tcp(url.hostname, url.port) as stream:
        yield Http(stream, url.netloc)


def json_of(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Read an answer, or the last of a stream of events."""
    if headers["content-type"].startswith("text/event-stream"):
        data = [line[5:] for line in body.splitlines() if line.startswith(b"data:")]
        body = next(each for each in reversed(data) if each.strip())
    return json.loads(body)


async def ask_the_sdk(address: str) -> None:
    """Ask for what the SDK answers, so that the runtime has loaded it."""
    async with http(address) as door:
        headers = {"MCP-Protocol-Version": NEW, "Mcp-Method": "prompts/list"}
        await door.post("/mcp", message(0, "prompts/list", _meta=META), **headers)


@asynccontextmanager
async def rest(root: Path, address: str) -> AsyncGenerator[Ask]:
    async with http(address) as door:

        async def ask() -> dict[str, Any]:
            _, body = await door.post("/mcp/call", {"tool": "soak.number", "input": {}})
            return json.loads(body)["result"]

        yield ask


@asynccontextmanager
async def http_new(root: Path, address: str) -> AsyncGenerator[Ask]:
    async with http(address) as door:

        async def ask() -> dict[str, Any]:
            headers = {"MCP-Protocol-Version": NEW, "Mcp-Method": "tools/call"}
            headers["Mcp-Name"] = "soak_number"
            call = tool_call(new=True)
            return result_of(json_of(*await door.post("/mcp", call, **headers)), call)

        yield ask


@asynccontextmanager
async def http_old(root: Path, address: str) -> AsyncGenerator[Ask]:
    async with http(address) as door:
        headers, _ = await door.post("/mcp", message(0, "initialize", **INITIALIZE))
        session = {"MCP-Protocol-Version": OLD, "Mcp-Session-Id": headers["mcp-session-id"]}
        await door.post("/mcp", INITIALIZED, **session)

        async def ask() -> dict[str, Any]:
            call = tool_call()
            return result_of(json_of(*await door.post("/mcp", call, **session)), call)

        yield ask


@asynccontextmanager
async def websocket(root: Path, address: str) -> AsyncGenerator[Ask]:
    url = address.replace("http", "ws") + "/mcp/ws"
    async with connect(url, subprotocols=[Subprotocol("mcp")], proxy=None) as door:

        async def exchange(asked: dict[str, Any]) -> dict[str, Any]:
            await door.send(json.dumps(asked))
            while True:
                answer = json.loads(await door.recv())
                if answer.get("id") == asked["id"]:
                    return answer

        await exchange(message(0, "initialize", **INITIALIZE))
        await door.send(json.dumps(INITIALIZED))

        async def ask() -> dict[str, Any]:
            call = tool_call()
            return result_of(await exchange(call), call)

        yield ask


async def line_caller(send: ByteSendStream, receive: ByteReceiveStream, *, hello: bool) -> Ask:
    """Shake hands over lines; give what calls."""
    reader = BufferedByteReceiveStream(receive)

    async def exchange(asked: dict[str, Any]) -> dict[str, Any]:
        await send.send(json.dumps(asked).encode() + b"\n")
        while True:
            answer = json.loads(await reader.receive_until(b"\n", 65_536))
            if "micro" in answer or answer.get("id") == asked.get("id"):
                return answer

    if hello:
        await exchange({"micro": 1, "pid": os.getpid()})
    await exchange(message(0, "initialize", **INITIALIZE))
    await send.send(json.dumps(INITIALIZED).encode() + b"\n")

    async def ask() -> dict[str, Any]:
        call = tool_call()
        return result_of(await exchange(call), call)

    return ask


@asynccontextmanager
async def socket(root: Path, address: str) -> AsyncGenerator[Ask]:
    """One agent at the project's socket, as its bridge connects."""
    path = json.loads(await anyio.Path(root / ".micro" / "runtime.json").read_text())["mcp"]
    async with await anyio.connect_unix(path) as stream:
        yield await line_caller(stream, stream, hello=True)


@asynccontextmanager
async def stdio(root: Path, address: str) -> AsyncGenerator[Ask]:
    """One agent that has spawned the bridge."""
    command = [sys.executable, "-m", "micro_devtool", "mcp", "serve", str(root)]
    async with await anyio.open_process(command, stderr=DEVNULL) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield await line_caller(process.stdin, process.stdout, hello=False)
        finally:
            process.kill()


DOORS: dict[Callable[[Path, str], AbstractAsyncContextManager[Ask]], int] = {
    rest: 12,
    http_new: 12,
    http_old: 12,
    websocket: 12,
    socket: 12,
    stdio: 4,
}
"""Every door, and how many call at it: 64 together."""
