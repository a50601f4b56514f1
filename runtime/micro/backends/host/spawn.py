"""Starts a host process, takes what it writes to its descriptors, and sees to its end."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from micro.events import LogWritten
from micro.frames import FrameConnection, open_frames

STOP_TIMEOUT = 6.0
"""Seconds that a host gets to stop its services before it is killed."""


class HostProcess:
    """A host that was started; ``frames`` is the way to it, ``lost`` is set once it is gone."""

    def __init__(self, process: Process, frames: FrameConnection, lost: anyio.Event) -> None:
        self._process = process
        self.frames = frames
        self.lost = lost

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @classmethod
    async def start(cls, root: Path, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Start a host for a project's folder; it loads nothing until it is told to."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            command = [
                sys.executable, "-P", "-m", "micro.backends.host.process",
                str(theirs.fileno()), str(root),
            ]  # fmt: skip
            process = await anyio.open_process(
                command,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                cwd=root,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        lost = anyio.Event()
        frames = await open_frames(ours, on_frame, lost.set)
        return cls(process, frames, lost)

    async def read_output(self, emit: Callable[[LogWritten], None]) -> None:
        """Turn what is written to its descriptors 1 and 2 into log lines, until they are closed."""
        stream = self._process.stdout
        if stream is None:
            return
        rest = ""
        async for text in TextReceiveStream(stream, errors="replace"):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                emit(_raw_line(line))
        if rest:
            emit(_raw_line(rest))

    async def end(self) -> str:
        """Wait for it to end, kill it if it does not, and say how it ended."""
        self.frames.close()
        with anyio.move_on_after(STOP_TIMEOUT, shield=True):
            await self._process.wait()
        with anyio.CancelScope(shield=True):
            if self._process.returncode is None:
                self._process.kill()
            await self._process.aclose()
        status = self._process.returncode or 0
        return _describe(status)


def _raw_line(text: str) -> LogWritten:
    return LogWritten(service="", call=None, level="INFO", logger="output", text=text)


def _describe(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
