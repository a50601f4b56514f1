"""The runtime's end of the zygote: asks it for hosts, and hears how they end."""

from __future__ import annotations

import array
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL

import anyio
import msgspec
from anyio.abc import Process

from micro.backends.host.forked import HostProcess
from micro.backends.host.python import working_python
from micro.errors import HostLost
from micro.events import ProblemFound
from micro.frames import open_frames

_READ = 65_536


class _Told(msgspec.Struct, frozen=True):
    """What the zygote says."""

    what: str
    pid: int
    status: int = 0


class Zygote:
    """A zygote that runs; ``fork`` gives hosts. Made by ``open_zygote``."""

    def __init__(self, process: Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self.listening = anyio.CancelScope(shield=True)
        self._ready = anyio.Event()
        self._gone = anyio.Event()
        self._forked: list[tuple[anyio.Event, list[int]]] = []
        self._hosts: dict[int, HostProcess] = {}
        self._early: dict[int, int] = {}

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host.

        Raises:
            HostLost: The zygote ended.
        """
        await self._ready.wait()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        output, theirs_output = os.pipe2(os.O_CLOEXEC)
        forked: tuple[anyio.Event, list[int]] = (anyio.Event(), [])
        self._forked.append(forked)
        try:
            rights = array.array("i", [theirs.fileno(), theirs_output])
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
            self._control.sendmsg([b"f"], ancillary)
        except OSError:
            self._gone.set()
        finally:
            theirs.close()
            os.close(theirs_output)
        await forked[0].wait()
        if not forked[1]:
            ours.close()
            os.close(output)
            raise HostLost("the process that starts hosts ended", mend="it is started again")
        lost = anyio.Event()
        frames = await open_frames(ours, on_frame, lost.set)
        return self._know(HostProcess(forked[1][0], frames, output, lost))

    async def listen(self) -> None:
        """Hear what the zygote says, until it ends or ``listening`` is cancelled.

        Goes on while all else is cancelled, so that hosts are seen to end.
        """
        try:
            with self.listening, suppress(OSError):
                await self._hear()
        finally:
            self._gone.set()
            self._ready.set()
            for arrived, _ in self._forked:
                arrived.set()

    async def _hear(self) -> None:
        rest = b""
        while True:
            await anyio.wait_readable(self._control)
            data = self._control.recv(_READ)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(msgspec.json.decode(line, type=_Told))

    async def end(self) -> None:
        """End it; hosts end with their own sockets."""
        self._control.close()
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.aclose()

    @property
    def is_gone(self) -> bool:
        """Whether it ended, so that another is needed."""
        return self._gone.is_set()

    def _take(self, told: _Told) -> None:
        if told.what == "ready":
            self._ready.set()
        elif told.what == "forked":
            arrived, pids = self._forked.pop(0)
            pids.append(told.pid)
            arrived.set()
        elif host := self._hosts.pop(told.pid, None):
            host.status = told.status
            host.exited.set()
        else:
            self._early[told.pid] = told.status

    def _know(self, host: HostProcess) -> HostProcess:
        if host.pid in self._early:
            host.status = self._early.pop(host.pid)
            host.exited.set()
        else:
            self._hosts[host.pid] = host
        return host


@asynccontextmanager
async def open_zygote(
    root: Path, preload: Path | None, tell: Callable[[ProblemFound], None]
) -> AsyncGenerator[Zygote]:
    """Start a zygote for a project's folder; it is warm when its first fork returns.

    Args:
        root: The folder.
        preload: A JSON list of modules to import beforehand.
        tell: Told if the project's own Python is of no use.
    """
    python = await working_python(root, tell)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = await anyio.open_process(
            [
                python, "-P", "-m", "micro.backends.host.zygote",
                str(theirs.fileno()), str(root), *([str(preload)] if preload else []),
            ],
            stdin=DEVNULL,
            stdout=sys.stderr,
            stderr=None,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )  # fmt: skip
    zygote = Zygote(process, ours)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(zygote.listen)
            try:
                yield zygote
            finally:
                zygote.listening.cancel()
    finally:
        await zygote.end()


def keep_preload(file: Path, modules: tuple[str, ...]) -> None:
    """Keep what the next zygote imports beforehand; a list that is not kept costs only time."""
    with suppress(OSError):
        file.write_bytes(msgspec.json.encode(modules))
