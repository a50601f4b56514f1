"""Hosts where fork is not to be had: each a process of its own, started before it is needed.

For systems without fork, for packages that start threads when they are imported, and for whoever
sets ``MICRO_NO_FORK``. Elsewhere ``spawn`` forks them from a zygote.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic

import anyio
from anyio.abc import TaskGroup

from micro.backends.host.forked import HostProcess
from micro.backends.host.pauses import Backoff
from micro.backends.host.spawn import Zygote, open_zygote
from micro.backends.host.starting import (
    Child,
    HostSource,
    Started,
    Tell,
    end_process,
    go_on,
    start_python,
)
from micro.errors import HostLost
from micro.events import ProblemFound
from micro.frames import open_frames

NO_FORK = "MICRO_NO_FORK"
"""The variable that has hosts started, not forked."""
PAUSE = 0.5
"""Seconds that a host has the machine to itself before the next one is started."""


class Standby:
    """Gives the host that stands by, and has another stand by.

    Args:
        start: Starts a process that becomes a host.
        tasks: Where processes are seen to end; they are ended with it.
    """

    def __init__(self, start: Callable[[], Awaitable[Started]], tasks: TaskGroup) -> None:
        self._start = start
        self._tasks = tasks
        self._spare: Started | None = None
        self._one_at_a_time = anyio.Lock()
        self._backoff = Backoff()

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host.

        Raises:
            HostLost: The system starts none.
        """
        async with self._one_at_a_time:
            spare, self._spare = self._spare, None
            try:
                started = spare or await self._start()
            except OSError as error:
                raise HostLost(
                    f"no process for the project's code could be started: {error}",
                    mend="end other programs, or see to the project's virtualenv",
                ) from error
        go_on(started.process)
        lost = anyio.Event()
        frames = await open_frames(started.sock, on_frame, lost.set)
        host = HostProcess(started.process.pid, frames, started.output, lost)
        self._tasks.start_soon(_see_end, started.process, host)
        self._tasks.start_soon(self._stand_by, PAUSE)
        return host

    async def end(self) -> None:
        """End the one that stands by."""
        if self._spare is not None:
            await _let_go(self._spare)

    async def _stand_by(self, pause: float) -> None:
        """Have one stand by after so many seconds, and another if it ends before it is taken."""
        await anyio.sleep(pause)
        async with self._one_at_a_time:
            if self._spare is not None:
                return
            try:
                spare = self._spare = await self._start()
            except OSError:
                return
        began = monotonic()
        await spare.process.wait()
        if self._spare is spare:
            self._spare = None
            await _let_go(spare)
            self._tasks.start_soon(self._stand_by, self._backoff.after(monotonic() - began))


class Hosts:
    """Forks hosts where that is sound, and starts them elsewhere. Made by ``open_hosts``."""

    def __init__(self, zygote: Zygote | None, standby: Standby, tell: Tell) -> None:
        self._zygote = zygote
        self._standby = standby
        self._tell = tell

    async def fork(self, on_frame: Callable[[bytes], None]) -> HostProcess:
        """Give a new host.

        Raises:
            HostLost: There will be none from here.
        """
        zygote = self._zygote
        if zygote is not None and await zygote.threads() > 1:
            zygote.kill()
            zygote = self._zygote = None
            message = (
                "a package starts threads when it is imported, so a process for the project's code "
                "is started beforehand each time, and not forked: that takes more memory"
            )
            self._tell(ProblemFound(message=message))
        return await (zygote or self._standby).fork(on_frame)

    @property
    def is_gone(self) -> bool:
        """Whether another is needed."""
        return self._zygote is not None and self._zygote.is_gone

    async def until_gone(self) -> None:
        """Wait until another is needed."""
        if self._zygote is not None:
            await self._zygote.until_gone()
        if self._zygote is None:
            await anyio.sleep_forever()

    async def last_words(self) -> HostLost:
        """Say why another is needed."""
        assert self._zygote is not None
        return await self._zygote.last_words()


@asynccontextmanager
async def open_hosts(
    root: Path, preload: Path | None, tell: Tell, *, ahead: list[Started]
) -> AsyncGenerator[HostSource]:
    """Give hosts for a project's folder, by the best means there are.

    Args:
        root: The folder.
        preload: A JSON list of modules to import beforehand.
        tell: Told if the project's own Python is of no use, and of what is written before a host.
        ahead: A zygote that runs already, taken from here once.
    """
    async with AsyncExitStack() as stack:
        zygote = None
        if sys.platform == "linux" and not os.environ.get(NO_FORK):
            zygote = await stack.enter_async_context(open_zygote(root, preload, tell, ahead=ahead))
        tasks = await stack.enter_async_context(anyio.create_task_group())
        standby = Standby(partial(start_python, "spawned", root, preload, tell), tasks)
        try:
            yield Hosts(zygote, standby, tell)
        finally:
            tasks.cancel_scope.cancel()
            await standby.end()


async def _see_end(process: Child, host: HostProcess) -> None:
    try:
        host.exits(await process.wait())
    finally:
        await end_process(process)


async def _let_go(spare: Started) -> None:
    spare.sock.close()
    os.close(spare.output)
    await end_process(spare.process)
