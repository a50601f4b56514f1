"""The response to one request over HTTP: plain JSON, or a stream where the answer takes long."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import anyio
from starlette.types import Send

from micro.protocol.eventstream import EventStream
from micro.protocol.longcalls import OnHangup
from micro.protocol.sessions import HttpSession

Header = tuple[bytes, bytes]

PING = b": ping\r\n\r\n"
"""A sign of life on a stream."""

STREAM_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)
VARIES: tuple[Header, ...] = ((b"vary", b"accept-encoding"),)
PACKED: tuple[Header, ...] = ((b"content-encoding", b"gzip"), *VARIES)


async def respond_json(
    send: Send, status: int, body: bytes, *, headers: Sequence[Header] = ()
) -> None:
    """Send a whole answer."""
    every = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})


class Response:
    """Not begun until there is an answer, or until the client needs a sign of life.

    Args:
        send: The request's.

    Attributes:
        on_hangup: Tells once the client hangs up, where the server does.
        session: The older client's session; ``None`` for those that have none. What is said on
            a stream is kept in it, so that its client can go on should the connection be cut.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.session: HttpSession | None = None
        self.on_hangup: OnHangup | None = None
        self._kept: EventStream | None = None
        self._sending: anyio.Lock | None = None
        self._streams = False
        self._finished = False
        self._packed: bool | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anything of it was sent, or is being."""
        return self._streams or self._finished

    async def pulse(self) -> None:
        """Give a sign of life: from then on the response is a stream of events."""
        self._sending = self._sending or anyio.Lock()
        async with self._sending:
            if self._finished:
                return
            if not self._streams:
                self._streams = True
                headers = [*STREAM_HEADERS, *self._own_headers()]
                await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            text = self._keep() or PING
            await self._send({"type": "http.response.body", "body": text, "more_body": True})

    async def finish(self, status: int, body: bytes, *, packed: bool | None = None) -> None:
        """Send the answer. A stream has its status already.

        Args:
            status: Of HTTP.
            body: The answer.
            packed: Whether it is in gzip's form; ``None`` if it never is, whatever clients take.
        """
        self._finished, self._packed = True, packed
        if self._streams and self._sending is not None:
            body = gzip.decompress(body) if packed else body
            async with self._sending:
                await self._send({"type": "http.response.body", "body": self._last(body)})
        else:
            await self._send_whole(status, body)

    def _keep(self) -> bytes:
        """Keep from here on what is said; give what tells the client so, once."""
        if self.session is None or self._kept is not None:
            return b""
        self._kept = EventStream(self.session.streams)
        self._kept.keep()
        return self._kept.opening(self.session.version)

    def _last(self, body: bytes) -> bytes:
        """Give the answer as an event; nothing where its client reads it elsewhere by now."""
        if self._kept is None:
            return b"event: message\r\ndata: %b\r\n\r\n" % body
        event = self._kept.put(body)
        self._kept.end()
        return b"" if self._kept.reader else self._kept.text((event,))

    async def _send_whole(self, status: int, body: bytes) -> None:
        await respond_json(self._send, status, body, headers=self._own_headers())

    def _own_headers(self) -> list[Header]:
        session = self.session
        own = [] if session is None else [(b"mcp-session-id", session.id.encode())]
        if self._packed is not None:
            own += PACKED if self._packed else VARIES
        return own
