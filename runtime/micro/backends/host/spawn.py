"""The runtime's end of the zygote: asks it for hosts, and hears how they end."""

from __future__ import annotations

import array
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import msgspec

from micro.backends.host.forked import HostProcess, describe_status, read_lines
from micro.backends.host.starting import Started, Tell, end_process, start_python
from micro.errors import HostLost
from micro.events import LogWritten
from micro.frames import open_frames

_READ = 65_536
_LAST_WORDS = 1.0
"""Seconds that a zygote which ended has for what it still had to say."""


class _Told(msgspec.Struct, frozen=True):
    """What the zygote says."""

    what: str
    pid: int
    status: int = 0


class Zygote:
    """A zygote that runs; ``fork`` gives hosts. Made by ``open_zygote``."""

    def __init__(self, started: Started) -> None:
        self._process = started.process
        self._control = started.sock
        self._output = started.output
        self.listening = anyio.CancelScope(shield=True)
        self._ready = anyio.Event()
        self._gone = anyio.Event()
        self._forked: list[tuple[anyio.Event, list[int]]] = []
        self._hosts: dict[int, HostProcess] = {}
        self._early: dict[int, int] = {}
        self._said = anyio.Event()
        self._last_line = ""
        self._warm, self._threads = False, 1

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host.

        Raises:
            HostLost: The zygote ended.
        """
        assert sys.platform != "win32", "there is no fork"
        await self._ready.wait()
        if self.is_gone:
            raise await self._lost()
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
            forked[0].set()
        finally:
            theirs.close()
            os.close(theirs_output)
        await forked[0].wait()
        if not forked[1]:
            ours.close()
            os.close(output)
            raise await self._lost()
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

    async def read_output(self, tell: Callable[[LogWritten], None]) -> None:
        """Turn what it writes into log lines, until it has ended."""

        def take(line: LogWritten) -> None:
            self._last_line = line.text.strip() or self._last_line
            tell(line)

        try:
            await read_lines(self._output, take, logger="zygote")
        finally:
            self._said.set()

    async def _lost(self) -> HostLost:
        """Say how it ended, and what it said last."""
        status = 0
        with anyio.move_on_after(_LAST_WORDS):
            status = await self._process.wait()
            await self._said.wait()
        said = f": {self._last_line}" if self._last_line else ""
        return HostLost(
            f"the process that hosts are started from ended ({describe_status(status)}){said}",
            mend="see the log for what it wrote; it is started again, less and less often",
        )

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
        await end_process(self._process)

    async def threads(self) -> int:
        """Give how many threads it has, once it is warm; with more than one a fork is unsound."""
        await self._ready.wait()
        return self._threads

    @property
    def is_warm(self) -> bool:
        """Whether it has ever been ready."""
        return self._warm

    @property
    def is_gone(self) -> bool:
        """Whether it ended, so that another is needed."""
        return self._gone.is_set()

    def _take(self, told: _Told) -> None:
        if told.what == "ready":
            self._warm, self._threads = True, told.status
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
    root: Path, preload: Path | None, tell: Tell, *, ahead: list[Started]
) -> AsyncGenerator[Zygote]:
    """Start a zygote for a project's folder; it is warm when its first fork returns.

    Args:
        root: The folder.
        preload: A JSON list of modules to import beforehand; forgotten if none gets warm with it.
        tell: Told if the project's own Python is of no use, and of what it writes.
        ahead: One that runs already, taken from here once.
    """
    started = ahead.pop() if ahead else await start_python("zygote", root, preload, tell)
    zygote = Zygote(started)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(zygote.listen)
            tasks.start_soon(zygote.read_output, tell)
            try:
                yield zygote
            finally:
                zygote.listening.cancel()
                tasks.cancel_scope.cancel()
    finally:
        await zygote.end()
        if zygote.is_gone and not zygote.is_warm and preload is not None:
            await anyio.Path(preload).unlink(missing_ok=True)
