"""Length-prefixed msgpack messages over a stream socket, for the runtime's own sockets.

Four bytes of length, network order, then one msgpack value. Knows nothing of what is said.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from typing import Any, cast

import anyio
import msgspec

FRAME_LIMIT = 64 * 1024 * 1024
"""Bytes of one frame; a longer one closes the connection."""

log = logging.getLogger(__name__)

_length = struct.Struct("!I")
_encode = msgspec.msgpack.Encoder(enc_hook=str).encode


class FrameConnection(asyncio.Protocol):
    """One end of a connection: ``on_frame`` gets each message's bytes, ``on_lost`` is called once.

    Lives on its event loop's thread; callbacks run in line and must not block. A frame that is too
    long, or that ``on_frame`` cannot decode, ends the connection: nothing after it can be trusted.
    """

    def __init__(
        self, on_frame: Callable[[bytes], None], on_lost: Callable[[], None] = lambda: None
    ) -> None:
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._buffer = bytearray()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._writable = anyio.Event()
        self._writable.set()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames (asyncio calls this)."""
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        while end - start >= 4:
            size = _length.unpack_from(buffer, start)[0]
            if size > FRAME_LIMIT:
                self._give_up(f"it has {size} bytes")
                return
            if end - start - 4 < size:
                break
            frame = bytes(buffer[start + 4 : start + 4 + size])
            start += 4 + size
            try:
                self._on_frame(frame)
            except msgspec.MsgspecError as error:
                self._give_up(str(error))
                return
        del buffer[:start]

    def _give_up(self, reason: str) -> None:
        log.warning("a frame could not be read, and its connection was closed: %s", reason)
        self._buffer.clear()
        self.close()

    def send(self, message: Any) -> None:
        """Queue a message; it is dropped if the connection is gone, which ``on_lost`` tells.

        What is sent in one turn of the loop leaves in one write.
        """
        if self.closed:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        body = _encode(message)
        self._unsent += (_length.pack(len(body)), body)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        # uvloop's raises once it closes, a moment before it says so.
        if unsent and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    async def drain(self) -> None:
        """Wait until the other end has taken most of what was sent."""
        await self._writable.wait()

    def pause_writing(self) -> None:
        """Make ``drain`` wait (asyncio calls this)."""
        self._writable = anyio.Event()

    def resume_writing(self) -> None:
        """Let ``drain`` go on (asyncio calls this)."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner once (asyncio calls this)."""
        self.closed = True
        self._writable.set()
        self._on_lost()

    def close(self) -> None:
        """End the connection; ``on_lost`` is called soon after."""
        self._flush()
        self.closed = True
        if self._transport is not None:
            self._transport.close()


async def open_frames(
    sock: socket.socket,
    on_frame: Callable[[bytes], None],
    on_lost: Callable[[], None] = lambda: None,
) -> FrameConnection:
    """Speak frames over a connected socket, which the connection owns from then on."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: FrameConnection(on_frame, on_lost), sock=sock
    )
    return connection
