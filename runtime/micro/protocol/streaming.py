"""A stream of events as an HTTP response: read from a place in it, until there is no more to read.

A client of 2025-11-25 is told first from where it can go on, should the connection be cut; clients
of earlier versions do not know such an event. What is kept of a stream is ``replay``'s.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.types import Receive, Send

from micro.protocol.eventstream import EventStream
from micro.protocol.parts import Spawn, Write
from micro.protocol.responses import PING, STREAM_HEADERS, Header

log = logging.getLogger(__name__)


async def send_stream(
    stream: EventStream, send: Send, *, version: str, headers: Sequence[Header]
) -> None:
    """Send what is said on a stream, until that is over or somebody else reads it.

    Args:
        stream: What is said on it is kept from here on.
        send: The request's.
        version: Which version of the protocol its client speaks.
        headers: Go out with the response.
    """
    with stream.reading() as reader:
        text = await _begin(stream, send, version=version, headers=headers)
        while not await _flush(stream, reader, send, text):
            await stream.more()
            text = _pulse(stream)


class StandingResponse:
    """A response on which a client waits for what may come, and no task waits with it.

    What is said is written where it is said as long as the client reads, else by a task that is
    started for what waits then.

    Args:
        stream: What is said on it is kept from here on.
        send: The request's.
        write: Writes to the client at once, where the server has a way to.
        spawn: Starts that task.
    """

    __slots__ = ("_is_sending", "_reader", "_send", "_spawn", "_stream", "_write")

    def __init__(
        self, stream: EventStream, send: Send, *, write: Write | None, spawn: Spawn
    ) -> None:
        self._stream = stream
        self._send = send
        self._write = write
        self._spawn = spawn
        self._reader = 0
        self._is_sending = True

    async def serve(
        self, receive: Receive, *, version: str, headers: Sequence[Header], after: int
    ) -> None:
        """Send what comes after a position until the client is gone, or ``send_stream`` would end.

        Args:
            receive: The request's.
            version: Which version of the protocol its client speaks.
            headers: Go out with the response.
            after: The last position that the client has read.
        """
        with self._stream.reading(after, self._wake) as self._reader:
            begun = _begin(self._stream, self._send, version=version, headers=headers, after=after)
            await self._flush(await begun)
            while (await receive())["type"] != "http.disconnect":
                pass

    def end(self) -> None:
        """End the response, unless somebody else reads by now."""
        if self._stream.reader == self._reader:
            self._stream.give_up()

    def _wake(self) -> None:
        if self._is_sending:
            return
        write, text = self._stream.write, _pulse(self._stream)
        if write is not None and text and write(text):
            return
        self._is_sending = True
        self._spawn(self._catch_up)

    async def _catch_up(self) -> None:
        try:
            await self._flush(_pulse(self._stream))
        except Exception as error:  # servers differ in what they raise of a client that is gone
            log.debug("a stream was not sent: %r", error)

    async def _flush(self, text: bytes) -> None:
        try:
            if not await _flush(self._stream, self._reader, self._send, text):
                self._stream.write = self._write
        finally:
            self._is_sending = False


async def _begin(
    stream: EventStream, send: Send, *, version: str, headers: Sequence[Header], after: int = 0
) -> bytes:
    """Begin a response; give what comes first on it."""
    stream.keep()
    every = [*STREAM_HEADERS, *headers]
    await send({"type": "http.response.start", "status": 200, "headers": every})
    return stream.opening(version, after)


async def _flush(stream: EventStream, reader: int, send: Send, text: bytes) -> bool:
    """Send a text and what there is to be read; whether the response is over, and was ended."""
    while stream.reader == reader:
        if events := stream.since(stream.read):
            stream.read = events[-1].position
            text += stream.text(events)
        if text:
            stream.write = None
            await send({"type": "http.response.body", "body": text, "more_body": True})
            text = b""
        elif stream.is_over:
            break
        else:
            return False
    await send({"type": "http.response.body", "body": b""})
    return True


def _pulse(stream: EventStream) -> bytes:
    """Give the sign of life that is due, if who was woken has nothing else to say."""
    return b"" if stream.since(stream.read) or stream.is_over else PING
