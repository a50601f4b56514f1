"""One kept-alive HTTP connection that costs little beside the server that it measures."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import httptools


class ConnectionEnded(Exception):
    """The server closed the connection while an answer was due."""


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


@contextmanager
def awake() -> Generator[None]:
    """Keep the event loop from sleeping: who answers a process that sleeps pays for waking it."""
    loop, is_over = asyncio.get_running_loop(), False

    def turn() -> None:
        if not is_over:
            loop.call_soon(turn)

    turn()
    try:
        yield
    finally:
        is_over = True
