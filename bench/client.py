"""A small MCP client over one kept-alive HTTP connection, which checks every answer.

Made to cost little beside the server that it measures; no client for real use.
"""

from __future__ import annotations

import gzip
import itertools
from typing import Any, Literal

import msgspec

from bench.connection import Connection

MODERN, LEGACY = "2026-07-28", "2025-11-25"
Era = Literal["2026-07-28", "2025-11-25"]
REQUEST_TIMEOUT = 20.0

_ids = itertools.count(1)
_BLOCK = b"\1llnn"
"""What stands before the end of a packed answer: the head of a block, with its length twice."""
_encode = msgspec.json.Encoder().encode
_CALL = (
    b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%b",'
    b'"arguments":{"a":%d,"b":%d},"_meta":{"io.modelcontextprotocol/protocolVersion":"%b",'
    b'"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},'
    b'"io.modelcontextprotocol/clientCapabilities":{}}}}'
)


class WrongAnswer(Exception):
    """The server answered, but not as it should."""


class _Sum(msgspec.Struct):
    result: int


class _Result(msgspec.Struct):
    structuredContent: _Sum
    isError: bool = False


class _Answer(msgspec.Struct):
    id: int
    result: _Result


read_answer = msgspec.json.Decoder(_Answer).decode


def call_text(number: int, tool: str, a: int, b: int) -> bytes:
    """Give a call of 2026-07-28 as text, for clients that send thousands."""
    return _CALL % (number, tool.encode(), a, b, MODERN.encode())


class McpClient:
    """A client of one era that calls one tool ``(a: int, b: int) -> int``.

    2025-11-25 opens a session first, which ``close`` ends; 2026-07-28 has none.
    """

    def __init__(
        self, connection: Connection, *, port: int, tool: str, era: Era, token: str = ""
    ) -> None:
        self._connection = connection
        self._tool = tool
        self._modern = era == MODERN
        self._list = b""
        start = (
            f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {era}\r\n"
        )
        if token:
            start += f"Authorization: Bearer {token}\r\n"
        self._headers = start.encode()

    async def open(self) -> None:
        """Shake hands, where the era does.

        Raises:
            WrongAnswer: The server refuses.
        """
        if self._modern:
            return
        params = {
            "protocolVersion": LEGACY,
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        }
        await self._post({"id": next(_ids), "method": "initialize", "params": params})
        session = self._connection.headers.get(b"mcp-session-id")
        if session is None:
            raise WrongAnswer(f"no session was opened: {self._connection.body[:200]!r}")
        self._headers += b"Mcp-Session-Id: " + session + b"\r\n"
        await self._post({"method": "notifications/initialized"})

    async def call(self, a: int, b: int) -> int:
        """Call the tool; give its result.

        Raises:
            WrongAnswer: The answer is no result of this call.
        """
        params = {"name": self._tool, "arguments": {"a": a, "b": b}}
        number, text = await self._ask("tools/call", params, name=self._tool)
        try:
            answer = read_answer(text)
        except msgspec.MsgspecError as error:
            raise WrongAnswer(f"{error}: {text[:200]!r}") from error
        if answer.id != number or answer.result.isError:
            raise WrongAnswer(f"not the result of call {number}: {text[:200]!r}")
        return answer.result.structuredContent.result

    async def list_tools(self, count: int, *, packed: bool = False) -> None:
        """Ask for the list, which has so many tools; ``packed``: in gzip's form.

        A packed answer is unpacked once: later ones are compared with it byte by byte, but for
        their end, where the id stands. To unpack each would cost more than the server's part.

        Raises:
            WrongAnswer: It has not.
        """
        headers = b"Accept-Encoding: gzip\r\n" if packed else b""
        number, text = await self._ask("tools/list", {}, headers=headers)
        if not packed:
            _check_list(text, count)
            return
        end = text.rfind(b',"id":%d}' % number) - len(_BLOCK)
        if end != len(self._list) or not text.startswith(self._list):
            _check_list(gzip.decompress(text), count)
            self._list = text[: max(0, end)]

    async def _ask(
        self, method: str, params: dict[str, Any], *, name: str = "", headers: bytes = b""
    ) -> tuple[int, bytes]:
        """Send a request; give its id and the answer's text."""
        number = next(_ids)
        if self._modern:
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            named = f"Mcp-Name: {name}\r\n" if name else ""
            headers += f"Mcp-Method: {method}\r\n{named}".encode()
        await self._post({"id": number, "method": method, "params": params}, headers)
        return number, self._message()

    async def close(self) -> None:
        """End the session and the connection."""
        try:
            if b"Mcp-Session-Id" in self._headers:
                await self._connection.ask(b"DELETE /mcp HTTP/1.1\r\n" + self._headers + b"\r\n")
        finally:
            self._connection.close()

    async def _post(self, message: dict[str, Any], headers: bytes = b"") -> None:
        body = _encode({"jsonrpc": "2.0", **message})
        head = b"POST /mcp HTTP/1.1\r\n%b%b" % (self._headers, headers)
        await self._connection.ask(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
        if self._connection.status not in (200, 202):
            raise WrongAnswer(f"HTTP {self._connection.status}: {self._connection.body[:200]!r}")

    def _message(self) -> bytes:
        """Give the answer out of plain JSON or out of a stream of events."""
        body = self._connection.body
        if not self._connection.headers.get(b"content-type", b"").startswith(b"text/event-stream"):
            return body
        data = [line[5:].strip() for line in body.splitlines() if line.startswith(b"data:")]
        return next((each for each in reversed(data) if each), b"")


def _check_list(text: bytes, count: int) -> None:
    if text.count(b'"inputSchema"') != count:
        raise WrongAnswer(f"not a list of {count} tools: {text[:200]!r}")


async def connect(port: int, *, tool: str, era: Era, token: str = "") -> McpClient:
    """Give a client that is ready to call."""
    client = McpClient(await Connection.to(port), port=port, tool=tool, era=era, token=token)
    await client.open()
    return client
