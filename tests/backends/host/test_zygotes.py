"""Zygotes are lent, remade when they end, and given up when they are stuck."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from micro.backends.host.ahead import ForkedChild
from micro.backends.host.forked import HostProcess
from micro.backends.host.spawn import open_zygote
from micro.backends.host.starting import Started
from micro.backends.host.zygotes import Zygotes
from micro.errors import HostLost
from micro.events import LogWritten, ProblemFound
from patience import DEADLINE


class Dead:
    """A zygote that ended as soon as it was started."""

    is_gone = True

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        raise await self.last_words()

    async def until_gone(self) -> None: ...

    async def last_words(self) -> HostLost:
        return HostLost("it ended", mend="see why")


class Opened:
    """Starts zygotes, and counts them."""

    def __init__(self) -> None:
        self.count = 0
        self.again = anyio.Event()

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[Dead]:
        self.count += 1
        if self.count == 4:
            self.again.set()
        yield Dead()


async def test_one_that_cannot_live_is_tried_again_and_told_once_and_nobody_waits_for_it_to_end():
    opened, told = Opened(), list[ProblemFound]()
    zygotes = Zygotes(opened, told.append)
    with anyio.fail_after(DEADLINE):
        async with zygotes.running():
            with pytest.raises(HostLost):
                async with zygotes.lent() as zygote:
                    await zygote.fork(lambda frame: None)
            await opened.again.wait()
    assert [problem.message for problem in told] == ["it ended"]


@asynccontextmanager
async def refusing() -> AsyncGenerator[Dead]:
    raise BlockingIOError("no process left")
    yield Dead()


async def test_that_none_can_be_started_is_told_with_the_reason():
    told: list[ProblemFound] = []
    zygotes = Zygotes(refusing, told.append)
    async with zygotes.running():
        with pytest.raises(HostLost, match="no process left"):
            async with zygotes.lent():
                pass
    assert len(told) == 1


def silent(output: int) -> subprocess.Popen[bytes]:
    """Start a process that does nothing."""
    return subprocess.Popen(["sleep", "1000"], stdout=output)


@pytest.mark.skipif(sys.platform != "linux", reason="hosts are forked on Linux alone")
async def test_one_that_never_gets_ready_is_ended_and_what_it_imports_forgotten(tmp_path: Path):
    preload = tmp_path / "preload.json"
    preload.touch()
    lines: list[ProblemFound | LogWritten] = []
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    output, theirs_output = os.pipe()
    with theirs, silent(theirs_output) as process:
        os.close(theirs_output)
        started = Started(process=ForkedChild(process.pid), sock=ours, output=output)
        with anyio.fail_after(DEADLINE):
            async with open_zygote(tmp_path, preload, lines.append, ahead=[started]) as zygote:
                zygote.patience = 0.0, 0.0
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_close_once_ended, process.pid, theirs)
                    with pytest.raises(HostLost, match="it did not get ready within 0 seconds"):
                        await zygote.fork(lambda frame: None)
        assert zygote.is_gone
        assert not preload.exists()


async def _close_once_ended(pid: int, theirs: socket.socket) -> None:
    """Do what the system does for the process, as the socket is this one's here."""
    descriptor = os.pidfd_open(pid)
    await anyio.wait_readable(descriptor)
    os.close(descriptor)
    theirs.close()
