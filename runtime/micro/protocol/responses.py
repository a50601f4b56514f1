"""The response to one request over HTTP: plain JSON, or a stream where the answer takes long."""

from __future__ import annotations

import anyio
from starlette.types import Send

Header = tuple[bytes, bytes]

STREAM_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)


class Response:
    """Not begun until there is an answer, or until the client needs a sign of life.

    Args:
        send: The request's.
        session: Id of the older client's session; empty for those that have none.
    """

    def __init__(self, send: Send, *, session: str = "") -> None:
        self._send = send
        self._headers = [(b"mcp-session-id", session.encode("latin-1"))] if session else []
        self._sending: anyio.Lock | None = None
        self._streams = False
        self._finished = False

    async def pulse(self) -> None:
        """Give a sign of life: from then on the response is a stream of events."""
        self._sending = self._sending or anyio.Lock()
        async with self._sending:
            if self._finished:
                return
            if not self._streams:
                self._streams = True
                headers = [*STREAM_HEADERS, *self._headers]
                await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._send(
                {"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True}
            )

    async def finish(self, status: int, body: bytes) -> None:
        """Send the answer. A stream has its status already."""
        self._finished = True
        if self._streams and self._sending is not None:
            async with self._sending:
                event = b"event: message\r\ndata: %b\r\n\r\n" % body
                await self._send({"type": "http.response.body", "body": event})
            return
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *self._headers,
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
