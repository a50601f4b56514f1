"""The runtime's end of the project's code: sends calls and changes to the processes that have it.

Whatever happens to those, the tools stay listed, and calls wait for the process that is to come. A
call that was in one which died fails, with a result that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import anyio
from msgspec.structs import replace

from micro.backends.host.crew import Crew
from micro.backends.host.link import Link
from micro.backends.host.messages import Reloaded, Watching
from micro.backends.host.mirror import Mirror
from micro.backends.host.orders import ReloadService
from micro.backends.host.pending import lost_fault
from micro.backends.host.standby import open_hosts
from micro.backends.host.starting import Started
from micro.backends.host.upkeep import Upkeep
from micro.backends.host.watched import every
from micro.backends.host.workers import Workers
from micro.backends.host.zygotes import Zygotes
from micro.calls import RELOAD_ERROR_KEY, Call, Fault, ToolResult
from micro.errors import HostLost, MicroError
from micro.events import EventBus
from micro.registry.registry import Registry
from micro.services.context import CallTool
from micro.snapshots import HostView

WAIT_FOR_HOST = 15.0
"""Seconds that a call waits for a host that is being replaced."""
CATCH_UP = 2.0
"""Seconds that a list, or a call of a tool not known yet, waits for reloads."""
FIRST_LOAD = 30.0
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
        workers: How many hosts share the calls.
        ahead: A zygote that was forked before this process had a loop, where there is one.

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
        workers: int = 1,
        ahead: Started | None = None,
    ) -> None:
        self.drain_changes: Callable[[], Iterable[Path]] = tuple
        self.watch: Callable[[Watching], None] = lambda watching: None
        self._mirror = mirror = Mirror(registry, bus, root=root, run=self._run_call)
        first = [] if ahead is None else [ahead]
        start = partial(open_hosts, root, preload, bus.publish, ahead=first)
        self._zygotes = Zygotes(start, bus.publish)
        self._workers = Workers(self._zygotes, mirror, bus, ask=ask, changed=self._tell_watching)
        self._crew = Crew(
            self._zygotes, self._workers, mirror=mirror, bus=bus, ask=ask, size=workers
        )
        self._crew.preload = preload
        self._crew.on_watching(self._tell_watching)
        self._upkeep = Upkeep(self._crew.replace, root, limit=memory_limit, tell=bus.publish)

    async def run(self, ready: anyio.Event) -> None:
        """Keep the project's code running until cancelled; ``ready`` is set once it has loaded."""
        self._crew.loaded = ready
        async with self._zygotes.running():
            await self._crew.run(self._upkeep)

    @property
    def hosts(self) -> tuple[HostView, ...]:
        """What is known of the processes that share the calls."""
        return self._crew.views

    def reload(self, paths: Iterable[Path]) -> None:
        """Tell the hosts that files changed; what comes of it is told on the bus."""
        paths = set(paths)
        if any(path.suffix == PACKAGE for path in paths):
            self._upkeep.packages_changed()
        if named := {path for path in paths if path.suffix != PACKAGE}:
            self._workers.reload(paths)
            self._crew.save(named)

    async def reload_service(self, service: str) -> None:
        """Load a service again, or all if the name is empty; returns once it is done.

        Raises:
            MicroError: There is no such service, or no host.
        """
        if self._workers.renew(service) and service:
            await self._workers.settled()
            return
        lead = self._crew.lead.serving
        if lead is None:
            raise HostLost("the host is being replaced", mend="try again in a moment")
        reloaded = await lead.order(lambda number: ReloadService(id=number, service=service))
        self._crew.catch_up()
        if isinstance(reloaded, Reloaded) and reloaded.error:
            raise MicroError(reloaded.error, mend=reloaded.mend)

    async def catch_up(self) -> None:
        """Wait until the first load is done and all that was saved before now is served.

        Bounded: ``FIRST_LOAD`` and ``CATCH_UP`` seconds.
        """
        if not self._crew.loaded.is_set():
            with anyio.move_on_after(FIRST_LOAD):
                await self._crew.loaded.wait()
        self._tell_changes()
        if orders := [order for link in self._crew.lead.links for order in link.orders]:
            await asyncio.wait(orders, timeout=CATCH_UP)
        with anyio.move_on_after(CATCH_UP):
            await self._workers.settled()

    def _tell_changes(self) -> None:
        """Tell the host of what was saved before a call reaches it: the socket keeps the order."""
        if paths := self.drain_changes():
            self.reload(paths)

    def _tell_watching(self) -> None:
        """Say what the hosts want watched, all together."""
        said = [link.watching for link in self._crew.links if link.watching]
        self.watch(every([*said, *self._workers.watching]))

    async def _run_call(self, call: Call) -> ToolResult:
        """Run a call where its service is (the ``run`` of every tool there)."""
        self._tell_changes()
        link = await self._link_of(call, self._crew.choose)
        while link is not None and link.host is not None:
            result = await link.run_call(call, link.host)
            gone = result.fault is not None and result.fault.kind == "gone"
            now = await self._link_of(call, self._crew.leading) if gone else link
            if now is link:
                return self._with_reload_error(call, result)
            link = now
        return self._no_process(call)

    async def _link_of(self, call: Call, choose: Callable[[str], Link | None]) -> Link | None:
        """Give the process that serves a call, once there is one: a worker, or what is chosen."""
        service = call.name.partition(".")[0]
        link = await self._workers.link_of(service, renewed=CATCH_UP, begun=WAIT_FOR_HOST)
        if link is not None or self._workers.serves(service):
            return link
        chosen = choose(service)
        if chosen is None:
            with anyio.move_on_after(WAIT_FOR_HOST):
                await self._crew.lead.up.wait()
            chosen = choose(service)
        return chosen

    def _no_process(self, call: Call) -> ToolResult:
        """Say that there is no process for a call, and whether it is worth another try."""
        if refusal := self._workers.refusal(call.name.partition(".")[0]):
            return ToolResult.failed(Fault(kind="host_lost", message=refusal))
        return ToolResult.failed(lost_fault("is being restarted and is not back yet"))

    def _with_reload_error(self, call: Call, result: ToolResult) -> ToolResult:
        """Let an answer of code that is not what was saved last say so; why, to who is local."""
        broken = self._mirror.broken
        if not broken or (error := broken.get(call.name.partition(".")[0])) is None:
            return result
        if call.caller.subject != "local":
            error = "what was saved last does not load"
        return replace(result, meta={**result.meta, RELOAD_ERROR_KEY: error})
