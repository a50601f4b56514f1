"""The runtime's end of the zygote: asks it for hosts, and hears how they end."""

from __future__ import annotations

import array
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import anyio
import msgspec

from micro.backends.host.ends import when_ended
from micro.backends.host.forked import HostProcess, describe_status, read_lines
from micro.backends.host.starting import Started, Tell, end_process, go_on, start_python
from micro.errors import HostLost
from micro.events import LogWritten
from micro.frames import open_frames

_LAST_WORDS = 1.0
"""Seconds that a zygote which ended has for what it still had to say."""


class _Told(msgspec.Struct, frozen=True):
    """What the zygote says."""

    what: str
    pid: int
    status: int = 0


class Zygote:
    """A zygote that runs; ``fork`` gives hosts. Made by ``open_zygote``.

    Args:
        started: The process.
        preload: What it imports beforehand; forgotten if it does not get warm with that.
    """

    patience = 60.0, 5.0
    """Seconds to get warm, and for a fork, after which it is taken for stuck."""

    def __init__(self, started: Started, preload: Path | None) -> None:
        self._preload = preload
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
        self._threads = 1
        self._stuck = ""

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host.

        Raises:
            HostLost: The zygote ended.
        """
        await self.threads()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        output, theirs_output = os.pipe()
        try:
            try:
                pid = await self._ask_for_fork(theirs, theirs_output)
            finally:
                theirs.close()
                os.close(theirs_output)
            lost = anyio.Event()
            frames = await open_frames(ours, on_frame, lost.set)
        except BaseException:
            ours.close()
            os.close(output)
            raise
        return self._know(HostProcess(pid, frames, output, lost))

    async def _ask_for_fork(self, sock: socket.socket, output: int) -> int:
        """Have a host forked that has this socket and writes to this pipe; gives its id."""
        assert sys.platform != "win32", "there is no fork"
        forked: tuple[anyio.Event, list[int]] = (anyio.Event(), [])
        self._forked.append(forked)
        rights = array.array("i", [sock.fileno(), output])
        with suppress(OSError):  # it has ended, which is heard
            self._control.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        await self._within(self.patience[1], forked[0], "it forked no host")
        if not forked[1]:
            raise await self.last_words()
        return forked[1][0]

    async def _within(self, patience: float, done: anyio.Event, what: str) -> None:
        """Wait for an event, which its end sets, too; end it if that takes too long."""
        go_on(self._process)
        with anyio.move_on_after(patience):
            await done.wait()
        if not done.is_set():
            self._stuck = f"was ended: {what} within {patience:g} seconds"
            self.kill()
            await done.wait()

    def kill(self) -> None:
        """End it; nobody needs it, or it is stuck."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def listen(self) -> None:
        """Hear what the zygote says, until it ends or ``listening`` is cancelled.

        Goes on while all else is cancelled, so that hosts are seen to end.
        """
        try:
            with self.listening:
                with suppress(OSError):
                    await self._hear()
                if self._preload is not None and not self._ready.is_set():
                    self._preload.unlink(missing_ok=True)
        finally:
            self._gone.set()
            self._ready.set()
            for arrived, _ in self._forked:
                arrived.set()
            for host in self._hosts.values():
                if host.ended.is_set():
                    host.exits(None)

    async def read_output(self, tell: Callable[[LogWritten], None]) -> None:
        """Turn what it writes into log lines, until it has ended."""

        def take(line: LogWritten) -> None:
            self._last_line = line.text.strip() or self._last_line
            tell(line)

        try:
            await read_lines(self._output, take, logger="zygote")
        finally:
            self._said.set()

    async def until_gone(self) -> None:
        """Wait for its end."""
        await self._gone.wait()

    async def last_words(self) -> HostLost:
        """Say how it ended, and what it said last."""
        status = None
        with anyio.move_on_after(_LAST_WORDS):
            status = await self._process.wait()
            await self._said.wait()
        how = self._stuck or f"ended ({describe_status(status)})"
        said = f": {self._last_line}" if self._last_line else ""
        return HostLost(
            f"the process that hosts are started from {how}{said}",
            mend="see the log for what it wrote; it is started again, less and less often",
        )

    async def _hear(self) -> None:
        rest = b""
        while True:
            await anyio.wait_readable(self._control)
            if not (data := self._control.recv(65_536)):
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(msgspec.json.decode(line, type=_Told))

    async def end(self) -> None:
        """End it; hosts end with their own sockets."""
        self._control.close()
        await end_process(self._process)

    async def threads(self) -> int:
        """Give how many threads it has, once it is warm; with more than one a fork is unsound.

        Raises:
            HostLost: It ended before.
        """
        await self._within(self.patience[0], self._ready, "it did not get ready")
        if self.is_gone:
            raise await self.last_words()
        return self._threads

    @property
    def is_gone(self) -> bool:
        """Whether it ended, so that another is needed."""
        return self._gone.is_set()

    def _take(self, told: _Told) -> None:
        if told.what == "ready":
            self._threads = told.status
            self._ready.set()
        elif told.what == "forked":
            self._early.pop(told.pid, None)
            arrived, pids = self._forked.pop(0)
            pids.append(told.pid)
            arrived.set()
        elif host := self._hosts.pop(told.pid, None):
            host.exits(told.status)
        else:
            self._early[told.pid] = told.status

    def _know(self, host: HostProcess) -> HostProcess:
        if host.pid in self._early:
            host.exits(self._early.pop(host.pid))
        else:
            self._hosts[host.pid] = host
            when_ended(host.pid, partial(self._see_end, host))
        return host

    def _see_end(self, host: HostProcess) -> None:
        """Have the zygote tell how a host ended; without one, nobody can."""
        if self.is_gone:
            host.exits(None)
        else:
            host.ends()
            go_on(self._process)


@asynccontextmanager
async def open_zygote(
    root: Path, preload: Path | None, tell: Tell, *, ahead: list[Started]
) -> AsyncGenerator[Zygote]:
    """Start a zygote for a project's folder; it is warm when its first fork returns.

    Args:
        root: The folder.
        preload: A JSON list of modules to import beforehand; forgotten if it ends with them.
        tell: Told if the project's own Python is of no use, and of what it writes.
        ahead: One that runs already, taken from here once.
    """
    started = ahead.pop() if ahead else await start_python("zygote", root, preload, tell)
    zygote = Zygote(started, preload)
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
