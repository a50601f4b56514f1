"""A small MCP client over one kept-alive HTTP connection, which checks every answer.

Made to cost little beside the server that it measures; no client for real use.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, Literal

import httptools
import msgspec

MODERN, LEGACY = "2026-07-28", "2025-11-25"
Era = Literal["2026-07-28", "2025-11-25"]
REQUEST_TIMEOUT = 20.0

_ids = itertools.count(1)
_encode = msgspec.json.Encoder().encode


class WrongAnswer(Exception):
    """The server answered, but not as it should."""


class ConnectionEnded(Exception):
    """The server closed the connection while an answer was due."""


class _Sum(msgspec.Struct):
    result: int


class _Result(msgspec.Struct):
    structuredContent: _Sum
    isError: bool = False


class _Answer(msgspec.Struct):
    id: int
    result: _Result


read_answer = msgspec.json.Decoder(_Answer).decode


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self._transport: asyncio.Transport | None = None
        self._whole: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @classmethod
    async def to(cls, port: int) -> Connection:
        """Connect to a port of the loopback."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, request: bytes) -> None:
        """Send a request; the answer stands in ``status``, ``headers`` and ``body``.

        Raises:
            ConnectionEnded: No whole answer came.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionEnded("the connection is closed")
        self._whole = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._whole

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer (asyncio calls this)."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is due (asyncio calls this)."""
        if self._whole is not None and not self._whole.done():
            self._whole.set_exception(ConnectionEnded(f"the connection was lost: {exc}"))

    def on_message_begin(self) -> None:
        """Begin an answer (the parser calls this and the rest)."""
        self.headers, self.body = {}, b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """End an answer."""
        self.status = self._parser.get_status_code()
        if self._whole is not None and not self._whole.done():
            self._whole.set_result(None)


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

    async def list_tools(self, count: int) -> None:
        """Ask for the list, which has so many tools.

        Raises:
            WrongAnswer: It has not.
        """
        _, text = await self._ask("tools/list", {})
        if text.count(b'"inputSchema"') != count:
            raise WrongAnswer(f"not a list of {count} tools: {text[:200]!r}")

    async def _ask(
        self, method: str, params: dict[str, Any], *, name: str = ""
    ) -> tuple[int, bytes]:
        """Send a request; give its id and the answer's text."""
        number, headers = next(_ids), b""
        if self._modern:
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            named = f"Mcp-Name: {name}\r\n" if name else ""
            headers = f"Mcp-Method: {method}\r\n{named}".encode()
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


async def connect(port: int, *, tool: str, era: Era, token: str = "") -> McpClient:
    """Give a client that is ready to call."""
    client = McpClient(await Connection.to(port), port=port, tool=tool, era=era, token=token)
    await client.open()
    return client
