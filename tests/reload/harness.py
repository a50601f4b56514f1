"""A project in a temporary folder, served by a real host and watched by the real watcher."""

from __future__ import annotations

import json
import textwrap
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio

from micro.backends.host.client import HostBackend
from micro.calls import Caller, ToolResult
from micro.events import (
    AnyEvent,
    EventBus,
    LogWritten,
    ServiceFailed,
    ServiceLoaded,
    ToolsChanged,
)
from micro.protocol.identity import Identity
from micro.runtime import Runtime
from micro.snapshots import AuditRecord, HostView
from micro_devtool.watching import follow, join, make_watcher
from micro_devtool.watching.portable import PortableWatcher
from patience import DEADLINE

CALLER = Caller(door="memory", client="test")
E = TypeVar("E")


class Served:
    """A project that is served, and what was told of it."""

    def __init__(self, root: Path, runtime: Runtime, backend: HostBackend) -> None:
        self.root = root
        self.runtime = runtime
        self.backend = backend
        self.events: list[AnyEvent] = []
        self._changed = anyio.Event()
        runtime.bus.attach(self._take)

    async def result(self, tool: str, /, **arguments: Any) -> ToolResult:
        with anyio.fail_after(DEADLINE):
            return await self.runtime.gateway.call(
                tool, json.dumps(arguments).encode(), caller=CALLER
            )

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        result = await self.result(tool, **arguments)
        assert not result.is_error, result.fault
        value = json.loads(result.structured) if result.structured else {}
        return value.get("result", value)

    async def names(self) -> list[str]:
        tools = await self.runtime.gateway.list_tools(CALLER)
        return [tool.spec.full_name for tool in tools]

    def write(self, name: str, text: str) -> None:
        """Save as most editors do: beside it, then in its place."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + "~")
        beside.write_text(textwrap.dedent(text))
        beside.replace(path)

    def write_in_place(self, name: str, text: str) -> None:
        (self.root / name).write_text(textwrap.dedent(text))

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def loaded(self, service: str) -> list[ServiceLoaded]:
        return [event for event in self.of(ServiceLoaded) if event.service == service]

    def failed(self, service: str) -> list[ServiceFailed]:
        return [event for event in self.of(ServiceFailed) if event.service == service]

    async def failure(self, service: str) -> ServiceFailed:
        """Give the last failure of a service; it is told a moment after the reload."""
        await self.until(lambda: self.failed(service))
        return self.failed(service)[-1]

    @property
    def list_changes(self) -> int:
        return len(self.of(ToolsChanged))

    @property
    def lines(self) -> list[str]:
        return [event.text for event in self.of(LogWritten)]

    async def until(self, condition: Callable[[], object]) -> None:
        with anyio.fail_after(DEADLINE):
            while not condition():
                await self._changed.wait()

    async def settle(self) -> None:
        """Wait until all that was saved before now is dealt with."""
        with anyio.fail_after(DEADLINE):
            await self.backend.catch_up()

    def _take(self, event: AnyEvent) -> None:
        self.events.append(event)
        self._changed.set()
        self._changed = anyio.Event()


async def _no_audit(record: AuditRecord) -> bool:
    return True


@asynccontextmanager
async def serving(
    root: Path,
    files: dict[str, str],
    *,
    memory_limit: int = 0,
    preload: Path | None = None,
    polled: bool = False,
    patience: float = DEADLINE,
    workers: int = 1,
) -> AsyncGenerator[Served]:
    """Serve the files until the context ends."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    runtime = Runtime(
        Identity(name="test"),
        project=str(root),
        bus=EventBus(),
        write_audit=_no_audit,
        host=HostView(pid=None, state="starting"),
    )
    root = root.resolve()  # noqa: ASYNC240
    backend = HostBackend(
        root,
        runtime.registry,
        bus=runtime.bus,
        ask=runtime.ask,
        preload=preload,
        memory_limit=memory_limit,
        workers=workers,
    )
    watcher, problem = make_watcher(root)
    assert not problem
    if polled:
        watcher = PortableWatcher(root, polling=True)
    served = Served(root, runtime, backend)

    join(watcher, backend)
    async with runtime.running(backend, patience=patience), anyio.create_task_group() as tasks:
        tasks.start_soon(follow, watcher, backend)
        served.events.clear()
        yield served
        tasks.cancel_scope.cancel()
