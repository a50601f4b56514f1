"""Puts one generation of a service in the place of the last, or keeps the last if the new fails.

Loads beside the old, starts, swaps the registry, then drains and stops the old. Knows nothing of
watching: someone says which files changed. Code is imported in a thread, hooks run on the loop.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from micro.calls import Tool
from micro.errors import MicroError, NameTaken
from micro.events import ServiceFailed, ServiceLoaded, ServiceRemoved
from micro.registry.changes import Plan, plan_reload
from micro.registry.contract import describe_changes
from micro.registry.discovery import Discovery, Source, module_name
from micro.registry.generation import Generation, retire, start
from micro.registry.importing import failure, import_services
from micro.registry.loader import ProjectLoader
from micro.registry.registry import Registry
from micro.services.service import Service

Report = Callable[[ServiceLoaded | ServiceFailed | ServiceRemoved, tuple[Tool, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    generation: Generation
    number: int
    source: Source


class Reloader:
    """Loads the services of a project and keeps them up with its files.

    Args:
        loader: Imports the project's modules; installed by the caller.
        discovery: Finds the files that define services.
        registry: Where generations are swapped.
        make: Makes a generation, compiled but not started, of a service and a number.
        report: Told of every service that was loaded, failed or went away.
        numbers: The last generation of each service that an earlier process had.
    """

    def __init__(
        self,
        loader: ProjectLoader,
        discovery: Discovery,
        *,
        registry: Registry,
        make: Callable[[Service, int], Generation],
        report: Report,
        numbers: dict[str, int],
    ) -> None:
        self._loader = loader
        self._discovery = discovery
        self._registry = registry
        self._make = make
        self._report = report
        self._numbers = dict(numbers)
        self._live: dict[str, _Live] = {}
        self._sources: set[Source] = set()
        self._failed: set[Source] = set()
        self._leaving: frozenset[Source] = frozenset()
        self._imports: dict[str, set[str]] = {}
        self._wanted: list[str] = []
        self._one_at_a_time = anyio.Lock()

    async def load_all(self, retiring: TaskGroup) -> None:
        """Find and load every service."""
        async with self._one_at_a_time:
            for source in await anyio.to_thread.run_sync(self._discovery.find):
                await self._load(source, retiring)
            self._know_imports()

    async def reload(self, paths: Sequence[Path], retiring: TaskGroup) -> None:
        """Load again what a change of these files touches; old generations end in ``retiring``."""
        async with self._one_at_a_time:
            plan = await anyio.to_thread.run_sync(self._plan, paths)
            if plan is not None:
                await self._carry_out(plan, retiring)

    async def reload_service(self, name: str, retiring: TaskGroup) -> None:
        """Load a service's file again though it has not changed, or all if the name is empty."""
        async with self._one_at_a_time:
            if name and name not in self._live:
                raise MicroError(f"there is no service {name!r}", mend="see: micro mcp list")
            wanted = {live.source for key, live in self._live.items() if name in ("", key)}
            wanted |= self._failed
            touched = self._loader.graph.dependents(source.module for source in wanted)
            again = {source for source in self._sources if source.module in touched} | wanted
            plan = Plan(touched=frozenset(touched), load=tuple(sorted(again)), gone=(), fresh=True)
            await self._carry_out(plan, retiring)

    def touched(self, paths: Iterable[Path]) -> frozenset[str]:
        """Name the services that a change of these files may load again."""
        changed = [(path, module_name(path, self._loader.root)) for path in paths]
        failed = {live.source for live in self._live.values()} & self._failed
        return frozenset(
            name
            for name, live in self._live.items()
            if live.source in failed or any(self._depends(name, *change) for change in changed)
        )

    def want(self, service: str) -> None:
        """Load a service before others, if it is among those that are to be loaded."""
        self._wanted.append(service)

    async def stop(self) -> None:
        """Stop every service, the last started first."""
        for live in reversed(self._live.values()):
            await live.generation.stop()
        self._live.clear()

    def _plan(self, paths: Sequence[Path]) -> Plan | None:
        return plan_reload(
            paths,
            discovery=self._discovery,
            loader=self._loader,
            known=frozenset(self._sources),
            failed=frozenset(self._failed),
        )

    async def _carry_out(self, plan: Plan, retiring: TaskGroup) -> None:
        if plan.fresh:
            importlib.invalidate_caches()
        needed = {s.module: self._loader.graph.dependencies([s.module]) for s in plan.load}
        unloaded = self._loader.unload(plan.touched)
        self._leaving = frozenset(plan.gone)
        waiting = list(plan.load)
        while waiting:
            source = self._next(waiting)
            if not await self._load(source, retiring):
                self._loader.restore(unloaded, needed[source.module])
        for source in plan.gone:
            self._sources.discard(source)
            self._failed.discard(source)
            self._remove(self._names_of(source), retiring)
        self._know_imports()

    def _next(self, waiting: list[Source]) -> Source:
        """Take the source of the service that was called first, else the first."""
        for name in self._wanted:
            live = self._live.get(name)
            if live is not None and live.source in waiting:
                waiting.remove(live.source)
                return live.source
        return waiting.pop(0)

    def _know_imports(self) -> None:
        """Remember what each service imports, for those who ask while a reload runs."""
        self._wanted.clear()
        self._imports = {
            name: self._loader.graph.dependencies([live.source.module])
            for name, live in self._live.items()
        }

    def _depends(self, service: str, path: Path, module: str) -> bool:
        return (
            module in self._imports.get(service, ())
            or path in self._live[service].source.path.parents
        )

    async def _load(self, source: Source, retiring: TaskGroup) -> bool:
        """Load one file; whether it serves now. Anything it raises leaves the old serving."""
        self._sources.add(source)
        began = perf_counter()
        try:
            fresh = await self._prepare(source)
        except Exception as error:
            self._fail(source, error)
            return False
        self._failed.discard(source)
        names = {live.generation.service.name for live in fresh}
        gone = self._names_of(source) - names
        old = [self._live[name] for name in names if name in self._live]
        for live in fresh:
            self._put(live, perf_counter() - began)
        self._remove(gone, retiring)
        for live in old:
            retiring.start_soon(retire, live.generation)
        return True

    async def _prepare(self, source: Source) -> list[_Live]:
        """Import, compile, start and swap in; undone as a whole if one step fails."""
        services = await anyio.to_thread.run_sync(import_services, source, self._loader)
        self._refuse_taken(services, source)
        fresh: list[_Live] = []
        try:
            for service in services:
                number = self._numbers.get(service.name, 0) + 1
                generation = await anyio.to_thread.run_sync(self._make, service, number)
                await start(generation)
                fresh.append(_Live(generation=generation, number=number, source=source))
            gone = self._names_of(source) - {service.name for service in services}
            self._registry.swap(
                {live.generation.service.name: live.generation.tools for live in fresh}
                | dict.fromkeys(gone)
            )
        except BaseException:
            for live in reversed(fresh):
                await live.generation.stop()
            raise
        return fresh

    def _refuse_taken(self, services: Sequence[Service], source: Source) -> None:
        names = [service.name for service in services]
        for name in names:
            live = self._live.get(name)
            other = live.source if live and live.source not in self._leaving else source
            if other.path != source.path or names.count(name) > 1:
                raise NameTaken(
                    f"the service {name!r} is defined in {self._relative(other)} already",
                    mend="give one of the two another name",
                )

    def _put(self, live: _Live, took: float) -> None:
        service = live.generation.service
        before = self._live.get(service.name)
        self._live[service.name] = live
        self._numbers[service.name] = live.number
        old = [tool.spec for tool in before.generation.tools] if before else []
        new = [tool.spec for tool in live.generation.tools]
        event = ServiceLoaded(
            service=service.name,
            generation=live.number,
            file=self._relative(live.source),
            tools=tuple(spec.name for spec in new),
            duration=took,
            changes=describe_changes(old, new) if before else (),
            version=service.version,
            description=service.description,
        )
        self._report(event, live.generation.tools)

    def _fail(self, source: Source, error: Exception) -> None:
        self._failed.add(source)
        file = self._relative(source)
        told = failure(error, root=self._loader.root, file=file)
        for name in sorted(self._names_of(source) or {file}):
            serving = self._live[name].number if name in self._live else None
            self._report(ServiceFailed(service=name, error=told, serving=serving, file=file), ())

    def _remove(self, names: Iterable[str], retiring: TaskGroup) -> None:
        for name in names:
            live = self._live.pop(name, None)
            if live is not None:
                self._registry.swap({name: None})
                self._report(ServiceRemoved(service=name), ())
                retiring.start_soon(retire, live.generation)

    def _names_of(self, source: Source) -> set[str]:
        return {name for name, live in self._live.items() if live.source.path == source.path}

    def _relative(self, source: Source) -> str:
        return source.path.relative_to(self._loader.root).as_posix()
