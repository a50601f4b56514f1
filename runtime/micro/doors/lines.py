"""Lines over a stream of bytes, both ways, with a bound. Knows nothing of what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import anyio
from anyio.abc import ByteStream

_CHUNK = 65536


class LineStream:
    """Cuts what comes from a stream into lines, and sends lines whole.

    Args:
        stream: Owned from here on.
        limit: Bytes of a line; a longer one is thrown away while it comes in, at no cost of memory.
    """

    def __init__(self, stream: ByteStream, *, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._buffer = bytearray()
        self._skipping = False
        self._sending = anyio.Lock()

    async def lines(self) -> AsyncIterator[bytes | None]:
        """Give every line that is not blank, without its newline; ``None`` for one too long.

        Ends with the stream. What comes before the end without a newline is a line too.
        """
        while (line := await self.read_line()) != b"":
            yield line

    async def read_line(self) -> bytes | None:
        """Give the next line that is not blank; ``None`` if it is too long, empty at the end."""
        while True:
            end = self._buffer.find(b"\n")
            if end < 0 and await self._fill():
                continue
            at_end = end < 0
            line = bytes(self._buffer if at_end else self._buffer[:end]).strip()
            del self._buffer[: len(self._buffer) if at_end else end + 1]
            if self._skipping or len(line) > self._limit:
                self._skipping = False
                return None
            if line or at_end:
                return line

    async def _fill(self) -> bool:
        """Read more; false at the end of the stream."""
        if len(self._buffer) > self._limit:
            self._skipping = True
            self._buffer.clear()
        try:
            self._buffer += await self._stream.receive(_CHUNK)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return False
        return True

    async def send_all(self, lines: Sequence[bytes]) -> None:
        """Send lines, which come without their newlines.

        Raises:
            anyio.BrokenResourceError: The other end is gone.
        """
        await self.send(b"\n".join([*lines, b""]))

    async def send(self, line: bytes) -> None:
        """Send a line, newline included; lines sent at the same time do not mix.

        Raises:
            anyio.BrokenResourceError: The other end is gone.
        """
        async with self._sending:
            try:
                await self._stream.send(line)
            except anyio.ClosedResourceError as error:
                raise anyio.BrokenResourceError from error
