"""The runtime's end of the host: keeps one running, and runs calls in it.

A host that dies fails the calls in it, with a result that says so, and is replaced; the tools stay
listed meanwhile and calls wait for the new one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic

import anyio
import msgspec

from micro.backends.host.forked import HostProcess
from micro.backends.host.heartbeat import Heartbeat
from micro.backends.host.messages import (
    Answered,
    Ask,
    Cancel,
    Finished,
    Load,
    Loaded,
    Pong,
    Progressed,
    Reload,
    Reloaded,
    ReloadService,
    Served,
    Told,
    ToRuntime,
)
from micro.backends.host.mirror import Mirror
from micro.backends.host.pending import Pending, invocation, lost_fault
from micro.backends.host.spawn import Zygote, open_zygote
from micro.calls import Call, ToolResult
from micro.errors import HostLost, MicroError
from micro.events import (
    EventBus,
    HostExited,
    HostStarted,
)
from micro.registry.registry import Registry
from micro.services.context import CallTool

WAIT_FOR_HOST = 15.0
"""Seconds that a call waits for a host that is being replaced."""
CATCH_UP = 2.0
"""Seconds that a list, or a call of a tool not known yet, waits for reloads."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before a host that died young is replaced; doubled each time."""
YOUNG = 2.0

_decode = msgspec.msgpack.Decoder(ToRuntime).decode


class HostBackend:
    """Runs a project's tools in its host process.

    Args:
        root: The project's folder.
        registry: Where the host's tools are put, swapped as the host reports them.
        bus: Told of services, log lines and the host's comings and goings.
        ask: Runs a call that a tool makes, through the gateway.
        preload: File that keeps what hosts import from outside of the project.

    Attributes:
        drain_changes: Gives the files that were saved and not told yet; set by who watches them.
    """

    def __init__(
        self,
        root: Path,
        registry: Registry,
        *,
        bus: EventBus,
        ask: CallTool,
        preload: Path | None = None,
    ) -> None:
        self._preload = preload
        self.drain_changes: Callable[[], Iterable[Path]] = tuple
        self._root = root
        self._mirror = Mirror(registry, bus, run=self._run_call)
        self._bus = bus
        self._ask = ask
        self._host: HostProcess | None = None
        self._loading: HostProcess | None = None
        self._up = anyio.Event()
        self._ready = anyio.Event()
        self._pending: dict[int, Pending] = {}
        self._reloads: dict[int, asyncio.Future[Reloaded]] = {}
        self._ids = itertools.count(1)

    async def run(self, ready: anyio.Event) -> None:
        """Keep a host running until cancelled; ``ready`` is set once one has loaded."""
        self._ready = ready
        while True:
            async with open_zygote(self._root, self._preload) as zygote:
                with suppress(HostLost):
                    await self._keep_host(zygote)

    async def _keep_host(self, zygote: Zygote) -> None:
        """Keep a host running as long as there is a zygote to fork it from."""
        pause = FIRST_PAUSE
        while True:
            began = monotonic()
            async with anyio.create_task_group() as self._tasks:
                host = await zygote.fork(self._take)
                self._heartbeat = Heartbeat(host, lambda: bool(self._pending))
                self._tasks.start_soon(host.read_output, self._bus.publish)
                self._tasks.start_soon(self._heartbeat.watch)
                self._loading = host
                try:
                    host.frames.send(Load(numbers=self._mirror.numbers))
                    await host.lost.wait()
                finally:
                    self._host, self._up = None, anyio.Event()
                    status = await host.end()
                self._lose(host.pid, status)
                self._tasks.cancel_scope.cancel()
            if monotonic() - began > YOUNG:
                pause = FIRST_PAUSE
            else:
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def reload(self, paths: Iterable[Path]) -> None:
        """Tell the host that files changed; what comes of it is told on the bus."""
        if self._loading is not None and not self._loading.frames.closed:
            order = Reload(id=next(self._ids), paths=tuple(str(path) for path in paths))
            self._order(self._loading, order)

    async def reload_service(self, service: str) -> None:
        """Load a service again, or all if the name is empty; returns once it is done.

        Raises:
            MicroError: There is no such service, or no host.
        """
        if self._host is None:
            raise HostLost("the host is being replaced", mend="try again in a moment")
        order = ReloadService(id=next(self._ids), service=service)
        reloaded = await self._order(self._host, order)
        if reloaded.error:
            raise MicroError(reloaded.error, mend=reloaded.mend)

    async def catch_up(self) -> None:
        """Wait until all that was saved before now is served, or ``CATCH_UP`` seconds."""
        self._tell_changes()
        if self._reloads:
            await asyncio.wait(self._reloads.values(), timeout=CATCH_UP)

    def _order(self, host: HostProcess, order: Reload | ReloadService) -> asyncio.Future[Reloaded]:
        future = self._reloads[order.id] = asyncio.get_running_loop().create_future()
        host.frames.send(order)
        return future

    def _tell_changes(self) -> None:
        """Tell the host of what was saved before a call reaches it: the socket keeps the order."""
        if paths := self.drain_changes():
            self.reload(paths)

    async def _run_call(self, call: Call) -> ToolResult:
        """Run a call in the host (the ``run`` of every tool there)."""
        if self._host is None:
            with anyio.move_on_after(WAIT_FOR_HOST):
                await self._up.wait()
        host = self._host
        if host is None:
            return ToolResult.failed(lost_fault("is being restarted and is not back yet"))
        self._tell_changes()
        pending = self._pending[call.id] = Pending(call)
        host.frames.send(invocation(call))
        self._heartbeat.wake()
        try:
            return await pending.result()
        except BaseException:
            host.frames.send(Cancel(id=call.id))
            raise
        finally:
            del self._pending[call.id]

    def _take(self, frame: bytes) -> None:
        message: ToRuntime = _decode(frame)
        self._heartbeat.heard()
        match message:
            case Finished():
                if pending := self._pending.get(message.id):
                    pending.finish(message)
            case Progressed():
                if pending := self._pending.get(message.id):
                    pending.report(message)
            case Served():
                self._mirror.served(message)
            case Told():
                self._mirror.told(message)
            case Loaded():
                self._mirror.keep_only(message.services)
                self._keep_preload(message.modules)
                self._take_calls()
            case Reloaded():
                future = self._reloads.pop(message.id, None)
                if future is not None and not future.done():
                    future.set_result(message)
            case Pong():
                pass
            case Ask():
                self._tasks.start_soon(self._answer, message)

    def _take_calls(self) -> None:
        """Let calls into the host that has just loaded."""
        if self._loading is not None:
            self._host = self._loading
            self._up.set()
            self._bus.publish(HostStarted(pid=self._host.pid))
        self._ready.set()

    def _keep_preload(self, modules: tuple[str, ...]) -> None:
        """Keep what the next zygote imports beforehand; a list that is not kept costs only time."""
        if self._preload is not None:
            with suppress(OSError):
                self._preload.write_bytes(msgspec.json.encode(modules))

    async def _answer(self, message: Ask) -> None:
        parent = self._pending.get(message.parent)
        host = self._host
        if parent is None or host is None:
            return
        try:
            result = await self._ask(message.tool, message.arguments, parent.call)
        except MicroError as error:
            host.frames.send(Answered(id=message.id, refused=error.message))
            return
        answered = Answered(
            id=message.id,
            content=[dict(block) for block in result.content],
            structured=result.structured,
            fault=result.fault,
        )
        host.frames.send(answered)

    def _lose(self, pid: int, status: str) -> None:
        """Fail what ran in a host that ended, and tell."""
        for pending in self._pending.values():
            pending.lose(f"ended ({status})")
        for future in self._reloads.values():
            if not future.done():
                future.set_result(Reloaded(id=0, error=f"the host ended ({status})"))
        self._reloads.clear()
        self._bus.publish(HostExited(pid=pid, status=status, calls=len(self._pending)))
