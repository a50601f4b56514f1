"""A stream of events as an HTTP response: read from a place in it, until there is no more to read.

A client of 2025-11-25 is told first from where it can go on, should the connection be cut; clients
of earlier versions do not know such an event. What is kept of a stream is ``replay``'s.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Send

from micro.protocol.eventstream import EventStream
from micro.protocol.parts import Write
from micro.protocol.responses import PING, STREAM_HEADERS, Header


async def send_stream(
    stream: EventStream,
    send: Send,
    *,
    version: str,
    headers: Sequence[Header],
    after: int = 0,
    write: Write | None = None,
) -> None:
    """Send what comes after a position, until the stream is over or somebody else reads it.

    Args:
        stream: What is said on it is kept from here on.
        send: The request's.
        version: Which version of the protocol its client speaks.
        headers: Go out with the response.
        after: The last position that the client has read.
        write: Writes to the client at once, where the server has a way to.
    """
    every = [*STREAM_HEADERS, *headers]
    with stream.reading(after) as reader:
        stream.keep()
        await send({"type": "http.response.start", "status": 200, "headers": every})
        text = stream.opening(version, after)
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
                stream.write = write
                await stream.more()
                text = b"" if stream.since(stream.read) or stream.is_over else PING
    await send({"type": "http.response.body", "body": b""})
