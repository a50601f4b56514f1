"""A host that runs: its frames, what it writes to its descriptors, and how it ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

import anyio

from micro.events import LogWritten
from micro.frames import FrameConnection
from micro.system.pipes import read_pipe
from micro.system.processes import kill

STOP_TIMEOUT = 6.0
"""Seconds that a host gets to stop its services before it is killed."""
LAST_WORDS = 0.1
"""Seconds that what a host wrote last may take, where children of its own hold its pipe or socket.
Nothing holds them else, and it takes none."""
TOLD = 1.0
"""Seconds that it may take to be told how a host ended. What it was forked from may be stuck."""


class HostProcess:
    """A host that runs; ``lost`` is set once its socket has ended.

    Attributes:
        ended: Set once it has ended; ``exited``: once it is known how, too, or never will be.
        status: Its exit code, or the signal that ended it below zero; ``None``: nobody knows.
    """

    def __init__(self, pid: int, frames: FrameConnection, output: int, lost: anyio.Event) -> None:
        self.pid = pid
        self.frames = frames
        self.lost = lost
        self.ended = anyio.Event()
        self.exited = anyio.Event()
        self.status: int | None = None
        self._output = output
        self._said = anyio.Event()

    async def read_output(self, emit: Callable[[LogWritten], None]) -> None:
        """Turn what is written to its descriptors 1 and 2 into log lines, until they are closed."""
        try:
            await read_lines(self._output, emit, logger="output")
        finally:
            self._said.set()

    def ends(self) -> None:
        """Know that it has ended, though not how."""
        self.ended.set()
        asyncio.get_running_loop().call_later(LAST_WORDS, self.frames.close)

    def exits(self, status: int | None) -> None:
        """Know how it ended; ``None`` if nobody does."""
        self.status = status
        self.ends()
        self.exited.set()

    async def end(self) -> str:
        """Wait for it to end, kill it if it does not, and say how it ended."""
        self.frames.close()
        await self._see_off()
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                kill(self.pid)
            await self._see_off()
        return describe_status(self.status)

    async def _see_off(self) -> None:
        with anyio.move_on_after(STOP_TIMEOUT, shield=True):
            await self.ended.wait()
            with anyio.move_on_after(LAST_WORDS):
                await self._said.wait()
            with anyio.move_on_after(TOLD):
                await self.exited.wait()


async def read_lines(descriptor: int, emit: Callable[[LogWritten], None], *, logger: str) -> None:
    """Turn what comes from a pipe into log lines, until its other ends are closed; closes it."""
    rest = b""

    def tell(line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        emit(LogWritten(service="", call=None, level="INFO", logger=logger, text=text))

    async for data in read_pipe(descriptor, close=True):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            tell(line)
    if rest:
        tell(rest)


def describe_status(status: int | None) -> str:
    """Say how a process ended."""
    if status is None:
        return "cause unknown"
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
