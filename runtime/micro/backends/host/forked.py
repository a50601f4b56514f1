"""A host that runs: its frames, what it writes to its descriptors, and how it ends."""

from __future__ import annotations

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


class HostProcess:
    """A host that runs; ``lost`` is set once its socket has ended."""

    def __init__(self, pid: int, frames: FrameConnection, output: int, lost: anyio.Event) -> None:
        self.pid = pid
        self.frames = frames
        self.lost = lost
        self.exited = anyio.Event()
        self.status = 0
        self._output = output

    async def read_output(self, emit: Callable[[LogWritten], None]) -> None:
        """Turn what is written to its descriptors 1 and 2 into log lines, until they are closed."""
        await read_lines(self._output, emit, logger="output")

    async def end(self) -> str:
        """Wait for it to end, kill it if it does not, and say how it ended."""
        self.frames.close()
        with anyio.move_on_after(STOP_TIMEOUT, shield=True):
            await self.exited.wait()
        if not self.exited.is_set():
            with suppress(ProcessLookupError):
                kill(self.pid)
            with anyio.move_on_after(STOP_TIMEOUT, shield=True):
                await self.exited.wait()
        return describe_status(self.status)


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


def describe_status(status: int) -> str:
    """Say how a process ended."""
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
