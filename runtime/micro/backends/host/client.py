"""Keeps a host running, and sends calls to it: the runtime's end of the project's code.

A host that dies fails the calls in it, with a result that says so, and is replaced; the tools stay
listed meanwhile and calls wait for the new one. A host that is to be replaced goes on until the
next one has loaded, and then ends the calls that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic

import anyio
import msgspec

from micro.backends.host.link import Link, hand_over, retire
from micro.backends.host.messages import (
    Elsewhere,
    Load,
    Loaded,
    Reload,
    Reloaded,
    ReloadService,
    Report,
    Served,
    Settled,
    Told,
    Watching,
)
from micro.backends.host.mirror import Mirror
from micro.backends.host.pauses import Pauses
from micro.backends.host.pending import lost_fault
from micro.backends.host.spawn import open_zygote
from micro.backends.host.upkeep import Upkeep
from micro.backends.host.workers import Workers
from micro.backends.host.zygotes import Zygotes
from micro.calls import Call, ToolResult
from micro.errors import HostLost, MicroError
from micro.events import EventBus, HostExited, HostStarted, LogWritten, ProblemFound
from micro.registry.registry import Registry
from micro.services.context import CallTool

WAIT_FOR_HOST = 15.0
"""Seconds that a call waits for a host that is being replaced."""
CATCH_UP = 2.0
"""Seconds that a list, or a call of a tool not known yet, waits for reloads."""
FIRST_LOAD = 60.0
"""Seconds that it waits for the first load."""
PACKAGE = ".dist-info"
"""What the folder is named after that each installed package has."""


class HostBackend:
    """Runs a project's tools in its host process.

    Args:
        root: The project's folder.
        registry: Where the host's tools are put, swapped as the host reports them.
        bus: Told of services, log lines and the host's comings and goings.
        ask: Runs a call that a tool makes, through the gateway.
        preload: File that keeps what hosts import from outside of the project.
        memory_limit: Bytes that a host may grow to before it is replaced; 0 for any number.

    Attributes:
        drain_changes: Gives the files that were saved and not told yet; set by who watches them.
        watch: Told which folders and other files matter, too; set by who watches them.
    """

    def __init__(
        self,
        root: Path,
        registry: Registry,
        *,
        bus: EventBus,
        ask: CallTool,
        preload: Path | None = None,
        memory_limit: int = 0,
    ) -> None:
        self._preload = preload
        self.drain_changes: Callable[[], Iterable[Path]] = tuple
        self.watch: Callable[[Watching], None] = lambda watching: None
        self._mirror = Mirror(registry, bus, run=self._run_call)
        self._bus = bus
        self._ask = ask
        self._zygotes = Zygotes(partial(open_zygote, root, preload, bus.publish))
        self._workers = Workers(self._zygotes, self._mirror, bus, ask=ask)
        self._upkeep = Upkeep(self.replace, memory_limit)
        self._serving: Link | None = None
        self._newest: Link | None = None
        self._up = anyio.Event()
        self._ready = anyio.Event()
        self._empty = anyio.Event()
        self._status = ""

    async def run(self, ready: anyio.Event) -> None:
        """Keep a host running until cancelled; ``ready`` is set once one has loaded."""
        self._ready = ready
        pauses = Pauses(self._bus.publish)
        async with self._zygotes.running(), anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._upkeep.run)
            self._workers.serving(self._tasks)
            while True:
                began = monotonic()
                self._empty = anyio.Event()
                self._begin()
                await self._empty.wait()
                await pauses.after(monotonic() - began, self._status)

    def replace(self, reason: str, afresh: bool = False) -> None:
        """Put another host in the place of the one that serves, once it has loaded.

        Args:
            reason: Told to the developer.
            afresh: Start what hosts are forked from anew, too.
        """
        if self._serving is None or self._newest is not self._serving:
            return
        self._bus.publish(ProblemFound(message=f"the host is being replaced: {reason}"))
        if afresh:
            self._zygotes.renew()
        self._begin()

    def reload(self, paths: Iterable[Path]) -> None:
        """Tell the hosts that files changed; what comes of it is told on the bus."""
        paths = set(paths)
        if any(path.suffix == PACKAGE for path in paths):
            self._upkeep.packages_changed()
        if named := tuple(sorted(str(path) for path in paths if path.suffix != PACKAGE)):
            self._workers.reload(paths)
            for link in self._links:
                link.order(lambda number: Reload(id=number, paths=named))

    async def reload_service(self, service: str) -> None:
        """Load a service again, or all if the name is empty; returns once it is done.

        Raises:
            MicroError: There is no such service, or no host.
        """
        if self._serving is None:
            raise HostLost("the host is being replaced", mend="try again in a moment")
        reloaded = await self._serving.order(
            lambda number: ReloadService(id=number, service=service)
        )
        if isinstance(reloaded, Reloaded) and reloaded.error:
            raise MicroError(reloaded.error, mend=reloaded.mend)

    async def catch_up(self) -> None:
        """Wait until the first load is done and all that was saved before now is served.

        Bounded: ``FIRST_LOAD`` and ``CATCH_UP`` seconds.
        """
        if not self._ready.is_set():
            with anyio.move_on_after(FIRST_LOAD):
                await self._ready.wait()
        self._tell_changes()
        if orders := [order for link in self._links for order in link.orders]:
            await asyncio.wait(orders, timeout=CATCH_UP)
        with anyio.move_on_after(CATCH_UP):
            await self._workers.settled()

    def line(self, line: LogWritten) -> None:
        """Take in a line that a host wrote."""
        self._bus.publish(line)

    def hear(self, link: Link, message: Report) -> None:
        """Take in what a host reports; of services, only once it is the one that serves."""
        match message:
            case Told(event=LogWritten() | ProblemFound() as event):
                self._bus.publish(event)
            case Served() | Told():
                if link is (self._serving or self._newest):
                    self._mirror.take(message)
                else:
                    link.reports.append(message)
            case Watching():
                self.watch(message)
            case Elsewhere():
                self._tasks.start_soon(self._serve_elsewhere, link, message)
            case Loaded():
                self._tasks.start_soon(self._take_loaded, link, message)

    @property
    def _links(self) -> list[Link]:
        """The hosts that are kept up with the files."""
        return [link for link in {self._serving, self._newest} if link and not link.is_gone]

    def _begin(self) -> None:
        """Start a host, to serve once it has loaded."""
        self._newest = Link(self, self._ask)
        self._tasks.start_soon(self._follow, self._newest)

    async def _follow(self, link: Link) -> None:
        """Stay with a host to its end, and see to what that means."""
        status = "no process to fork it from"
        with suppress(HostLost):
            async with self._zygotes.lent() as zygote:
                load = Load(numbers=self._mirror.numbers, without=self._workers.files)
                status = await link.live(zygote, load)
        retired = link not in (self._serving, self._newest)
        calls = link.calls
        link.lose(status)
        if self._serving is link:
            self._serving, self._up = None, anyio.Event()
        if self._newest is link:
            self._newest = self._serving
        if not retired and link.host is not None:
            self._bus.publish(HostExited(pid=link.host.pid, status=status, calls=calls))
        if self._newest is None:
            self._status = status
            self._empty.set()

    async def _take_loaded(self, link: Link, message: Loaded) -> None:
        """Let calls into a host that has just loaded; the one before it ends its own."""
        old = self._serving
        if old is not None and old is not link:
            await hand_over(old, link, message.services)
        if link.host is None or link.is_gone:
            return
        for report in link.reports:
            self._mirror.take(report)
        self._mirror.keep_only({*message.services, *self._workers.services})
        self._keep_preload(message.modules)
        self._serving = link
        self._up.set()
        self._upkeep.serves(link.host.pid)
        self._bus.publish(HostStarted(pid=link.host.pid))
        self._ready.set()
        if old is not None:
            await retire(old)

    def _tell_changes(self) -> None:
        """Tell the host of what was saved before a call reaches it: the socket keeps the order."""
        if paths := self.drain_changes():
            self.reload(paths)

    async def _run_call(self, call: Call) -> ToolResult:
        """Run a call in the host (the ``run`` of every tool there)."""
        self._tell_changes()
        while True:
            link = await self._link_of(call)
            if link is None or link.host is None:
                return ToolResult.failed(lost_fault("is being restarted and is not back yet"))
            result = await link.run_call(call, link.host)
            moved = result.fault is not None and result.fault.kind == "gone"
            if not moved or await self._link_of(call) is link:
                return result

    async def _link_of(self, call: Call) -> Link | None:
        """Give the process that serves a call, once there is one."""
        if link := await self._workers.link_of(call.name.partition(".")[0], CATCH_UP):
            return link
        if self._serving is None:
            with anyio.move_on_after(WAIT_FOR_HOST):
                await self._up.wait()
        return self._serving

    async def _serve_elsewhere(self, link: Link, message: Elsewhere) -> None:
        error = await self._workers.take(message.file, link)
        if link.host is not None:
            link.host.frames.send(Settled(id=message.id, error=error))

    def _keep_preload(self, modules: tuple[str, ...]) -> None:
        """Keep what the next zygote imports beforehand; a list that is not kept costs only time."""
        if self._preload is not None:
            with suppress(OSError):
                self._preload.write_bytes(msgspec.json.encode(modules))
