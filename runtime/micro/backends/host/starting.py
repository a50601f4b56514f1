"""Starts the Python processes that hosts come from, each with a socket of its own.

What such a process is (``zygote`` or ``spawned``) its module says.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Protocol

import anyio
import msgspec

from micro.backends.host.forked import HostProcess
from micro.backends.host.python import working_python
from micro.errors import HostLost
from micro.events import LogWritten, ProblemFound
from micro.secretnames import INTROSPECTION
from micro.system.processes import APART, lend_socket

Tell = Callable[[ProblemFound | LogWritten], None]


class HostSource(Protocol):
    """Where hosts come from."""

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host; ``on_frame`` takes what it says.

        Raises:
            HostLost: There will be none from here.
        """
        ...

    @property
    def is_gone(self) -> bool:
        """Whether another is needed."""
        ...

    async def until_gone(self) -> None:
        """Wait until another is needed."""
        ...

    async def last_words(self) -> HostLost:
        """Say why another is needed."""
        ...


class Child(Protocol):
    """A process that was started here: anyio's, or one that was forked."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def kill(self) -> None:
        """End it at once.

        Raises:
            ProcessLookupError: It has ended.
        """
        ...

    def send_signal(self, signal: signal.Signals) -> None:
        """Send it a signal.

        Raises:
            ProcessLookupError: It has ended.
        """
        ...

    async def wait(self) -> int:
        """Wait for its end, and give its exit code."""
        ...

    async def aclose(self) -> None:
        """Let go of it, once it has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process, our end of its socket, and the pipe that its output comes by."""

    process: Child
    sock: socket.socket
    output: int


async def start_python(module: str, root: Path, preload: Path | None, tell: Tell) -> Started:
    """Start a module in the project's Python: ``module SOCKET ROOT [PRELOAD]``.

    Args:
        module: Its name, below this package.
        root: The project's folder.
        preload: A JSON list of modules to import beforehand.
        tell: Told if the project's own Python is of no use.

    Raises:
        OSError: The system starts no process.
    """
    python = await working_python(root, tell)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    output, theirs_output = os.pipe()
    lent = sys.platform == "win32"
    name = "-" if lent else str(theirs.fileno())
    command = [python, "-P", "-m", f"micro.backends.host.{module}", name, str(root)]
    try:
        process = await anyio.open_process(
            [*command, *([str(preload)] if preload else [])],
            stdin=PIPE if lent else DEVNULL,
            stdout=theirs_output,
            stderr=theirs_output,
            pass_fds=() if lent else [theirs.fileno()],
            start_new_session=True,
            creationflags=APART,
            env={name: value for name, value in os.environ.items() if name != INTROSPECTION},
        )
        if process.stdin is not None:
            await process.stdin.send(lend_socket(theirs, process.pid))
            await process.stdin.aclose()
    except BaseException:
        ours.close()
        os.close(output)
        raise
    finally:
        theirs.close()
        os.close(theirs_output)
    return Started(process=process, sock=ours, output=output)


def go_on(process: Child) -> None:
    """Have a process go on that somebody stopped; nothing happens to any other."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)


async def end_process(process: Child) -> None:
    """Kill a process and wait for its end, whatever is cancelled meanwhile."""
    with anyio.CancelScope(shield=True):
        with suppress(ProcessLookupError):
            process.kill()
        await process.aclose()


def keep_preload(file: Path, modules: tuple[str, ...]) -> None:
    """Keep what the next of them imports beforehand; a list that is not kept costs only time."""
    with suppress(OSError):
        file.write_bytes(msgspec.json.encode(modules))
