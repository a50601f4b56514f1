"""What is on its way to one client: lines that are written together, and a bound on them.

A client that does not read costs this much memory, and is not read from until it reads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import anyio

UNWRITTEN_LIMIT = 8 * 1024 * 1024
"""Bytes that may wait for a client to read; with more, nothing more is taken from it.

A client that sends much before it reads at all should get by with it.
"""

SendLines = Callable[[Sequence[bytes]], Awaitable[None]]


class Outbox:
    """Lines for one client. Written by ``run``, in one go as far as they are there."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0
        self._some = anyio.Event()
        self._room = anyio.Event()

    def put(self, line: bytes) -> None:
        """Send a line; ``line`` is without its newline."""
        self._lines.append(line)
        self._size += len(line)
        self._some.set()

    def put_once(self, line: bytes) -> None:
        """Send a line, unless it waits already."""
        if line not in self._lines:
            self.put(line)

    async def room(self) -> None:
        """Wait until the client has read most of what it was sent."""
        while self._size > UNWRITTEN_LIMIT:
            await self._room.wait()

    async def flush(self) -> None:
        """Wait until all is written."""
        while self._size:
            await self._room.wait()

    async def run(self, send: SendLines) -> None:
        """Write what is put in until cancelled.

        Raises:
            anyio.BrokenResourceError: The client is gone.
        """
        while True:
            await self._some.wait()
            self._some = anyio.Event()
            lines, self._lines = self._lines, []
            await send(lines)
            self._size -= sum(map(len, lines))
            self._room.set()
            self._room = anyio.Event()
