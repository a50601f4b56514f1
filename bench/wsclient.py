"""A small WebSocket client (RFC 6455) that calls one tool and checks every answer.

Made to cost little beside the server that it measures; no client for real use: it masks with zeros
and takes whole text frames only.
"""

from __future__ import annotations

import asyncio
import itertools
import struct

import msgspec

from bench.client import WrongAnswer, call_text, read_answer
from bench.connection import ConnectionEnded

_UPGRADE = (
    b"GET /mcp/ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: mcp\r\n\r\n"
)


class WebSocketClient(asyncio.Protocol):
    """One connection, any number of calls on it at once."""

    def __init__(self, tool: str) -> None:
        self._tool = tool
        self._ids = itertools.count(1)
        self._buffer = b""
        self._open = asyncio.get_running_loop().create_future()
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def to(cls, port: int, *, tool: str) -> WebSocketClient:
        """Connect, and wait until the connection is a WebSocket."""
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_connection(lambda: cls(tool), "127.0.0.1", port)
        transport.write(_UPGRADE % port)
        await client._open
        return client

    async def call(self) -> None:
        """Call the tool.

        Raises:
            WrongAnswer: The answer is no result of this call.
        """
        if self._transport is None:
            raise ConnectionEnded("the connection is closed")
        number = next(self._ids)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._transport.write(_frame(call_text(number, self._tool, number, 7)))
        if await answered != number + 7:
            raise WrongAnswer("the sum is wrong")

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is due (asyncio calls this)."""
        for waiting in (self._open, *self._waiting.values()):
            if not waiting.done():
                waiting.set_exception(ConnectionEnded(f"the connection was lost: {exc}"))

    def data_received(self, data: bytes) -> None:
        """Take a part of what comes (asyncio calls this)."""
        self._buffer += data
        if not self._open.done():
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self._buffer = rest
            if b" 101 " not in head:
                self._open.set_exception(WrongAnswer(head.decode("latin-1")))
                return
            self._open.set_result(None)
        while frame := self._take():
            self._answered(frame)

    def _take(self) -> bytes:
        """Give the next frame's text, empty if it is not there yet."""
        buffer = self._buffer
        if len(buffer) < 4:
            return b""
        start, size = 2, buffer[1]
        if size == 126:
            start, (size,) = 4, struct.unpack_from("!H", buffer, 2)
        if size == 127 or buffer[0] != 0x81:
            raise WrongAnswer(f"a frame of another kind: {buffer[:20]!r}")
        if len(buffer) < start + size:
            return b""
        self._buffer = buffer[start + size :]
        return buffer[start : start + size]

    def _answered(self, text: bytes) -> None:
        try:
            answer = read_answer(text)
        except msgspec.MsgspecError as error:
            raise WrongAnswer(f"{error}: {text[:200]!r}") from error
        self._waiting.pop(answer.id).set_result(answer.result.structuredContent.result)


def _frame(text: bytes) -> bytes:
    """Give a text frame of a client, of up to 64 kB."""
    size = len(text)
    head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else b""
    return (head or struct.pack("!BBH", 0x81, 0xFE, size)) + b"\0\0\0\0" + text
