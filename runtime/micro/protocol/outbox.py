"""What is on its way to one client: lines that are written together, and bounds on them.

A client that does not read is not read from until it does. One that does not read for long, or that
is owed too much by calls that ran already, is given up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import anyio

from micro.errors import MicroError

UNWRITTEN_LIMIT = 8 * 1024 * 1024
"""Bytes that may wait for a client to read; with more, nothing more is taken from it.

A client that sends much before it reads at all should get by with it.
"""

OWED_LIMIT = 64 * 1024 * 1024
"""Bytes that may wait for a client for longer than a moment: answers to calls that it made before
come, however much it has not read."""

READ_TIMEOUT = 60.0
"""Seconds that a client has to read what it was sent at once."""

OWED_TIMEOUT = 2.0
"""Seconds that it has while more than ``OWED_LIMIT`` waits for it."""

SendLines = Callable[[Sequence[bytes]], Awaitable[None]]


class SlowReader(MicroError):
    """A client does not read what it is sent."""


class Outbox:
    """Lines for one client. Written by ``run``, in one go as far as they are there.

    Args:
        owed_limit: Bytes that may wait for the client for longer than a moment.
        read_timeout: Seconds that it has to read what it was sent at once.
        owed_timeout: Seconds that it has while more than that waits.

    Attributes:
        catch: Says of a line whether it has taken it, which is not sent then.
    """

    def __init__(
        self,
        *,
        owed_limit: int = OWED_LIMIT,
        read_timeout: float = READ_TIMEOUT,
        owed_timeout: float = OWED_TIMEOUT,
    ) -> None:
        self._owed_limit = owed_limit
        self._read_timeout = read_timeout
        self._owed_timeout = owed_timeout
        self._writing = anyio.CancelScope()
        self.catch: Callable[[bytes], bool] | None = None
        self._lines: list[bytes] = []
        self._once: set[bytes] = set()
        self._size = 0
        self._some = anyio.Event()
        self._room = anyio.Event()

    def put(self, line: bytes) -> None:
        """Send a line; ``line`` is without its newline."""
        if self.catch is not None and self.catch(line):
            return
        self._lines.append(line)
        self._size += len(line)
        self._some.set()
        if self._size > self._owed_limit:
            deadline = anyio.current_time() + self._owed_timeout
            self._writing.deadline = min(self._writing.deadline, deadline)

    def put_once(self, line: bytes) -> None:
        """Send a line, unless it waits already from the last time."""
        if line not in self._once:
            self._once.add(line)
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
            SlowReader: It does not read.
        """
        while True:
            await self._some.wait()
            self._some = anyio.Event()
            lines, self._lines, self._once = self._lines, [], set()
            much = self._size > self._owed_limit
            timeout = self._owed_timeout if much else self._read_timeout
            with anyio.move_on_after(timeout) as self._writing:
                await send(lines)
            if self._writing.cancelled_caught:
                raise SlowReader(
                    f"{self._size} bytes were sent and not read", mend="read what is sent"
                )
            self._size -= sum(map(len, lines))
            self._room.set()
            self._room = anyio.Event()
