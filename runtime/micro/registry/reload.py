"""Keeps the services of a project up with its files.

Someone says which files changed; here is decided what is loaded again, in which order, and which
calls had better wait. Knows nothing of watching.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
from anyio.abc import TaskGroup

from micro.errors import MicroError
from micro.registry.changes import Plan, plan_reload
from micro.registry.discovery import Discovery, Source
from micro.registry.generations import Generations
from micro.registry.loader import ProjectLoader


class Reloader:
    """Loads the services of a project, again as often as their files change.

    Args:
        loader: Imports the project's modules; installed by the caller.
        discovery: Finds the files that define services.
        generations: Where they are loaded into.

    Attributes:
        begins: Told of each file that is about to be loaded; of none, once that is done.
        wanted: Services that calls wait for: loaded before others.
        expected: Where services are, as far as that is known before they are loaded.
    """

    def __init__(
        self, loader: ProjectLoader, discovery: Discovery, generations: Generations
    ) -> None:
        self._loader = loader
        self._discovery = discovery
        self._generations = generations
        self._sources: set[Source] = set()
        self._imports: dict[str, set[str]] = {}
        self.wanted: list[str] = []
        self.expected: dict[str, Path] = {}
        self._one_at_a_time = anyio.Lock()
        self.begins: Callable[[str], None] = lambda file: None

    async def load_all(self, retiring: TaskGroup) -> None:
        """Find and load every service."""
        async with self._one_at_a_time:
            found = await anyio.to_thread.run_sync(self._discovery.find)
            self._sources.update(found)
            queue = self._queue(found)
            while source := await self._next(queue):
                await self._generations.load(source, retiring)
            self._know_imports()

    async def reload(self, paths: Sequence[Path], retiring: TaskGroup) -> None:
        """Load again what a change of these files touches; old generations end in ``retiring``."""
        async with self._one_at_a_time:
            left = [source.path for source in self._generations.importer.left]
            plan = await anyio.to_thread.run_sync(self._plan, [*paths, *left])
            self._generations.importer.left.difference_update(
                source for source in self._sources if source.path in paths
            )
            if plan is not None:
                await self._carry_out(plan, retiring)

    async def reload_everything(self, retiring: TaskGroup) -> None:
        """Load all of the project's code again: something has changed that any of it may read."""
        async with self._one_at_a_time:
            touched = frozenset(self._loader.graph.sources)
            plan = Plan(touched=touched, load=tuple(sorted(self._sources)), gone=(), fresh=True)
            await self._carry_out(plan, retiring)

    async def rediscover(self, discovery: Discovery, retiring: TaskGroup) -> None:
        """Serve the services that another discovery finds, and no others."""
        async with self._one_at_a_time:
            found = set(await anyio.to_thread.run_sync(discovery.find))
            discovery.without = self._discovery.without
            self._discovery = discovery
            paths = {source.path for source in found}
            fresh = found - self._sources
            plan = Plan(
                touched=frozenset(self._loader.graph.dependents(s.module for s in fresh)),
                load=tuple(sorted(fresh)),
                gone=tuple(sorted(s for s in self._sources if s.path not in paths)),
                fresh=True,
            )
            self._sources = {source for source in self._sources if source in found}
            await self._carry_out(plan, retiring)

    async def reload_service(self, name: str, retiring: TaskGroup) -> None:
        """Load a service's file again though it has not changed, or all if the name is empty."""
        async with self._one_at_a_time:
            if name and name not in self._generations.live:
                raise MicroError(f"there is no service {name!r}", mend="see: micro mcp list")
            wanted = {
                live.source for key, live in self._generations.live.items() if name in ("", key)
            }
            wanted |= self._generations.failed
            touched = self._loader.graph.dependents(source.module for source in wanted)
            again = {source for source in self._sources if source.module in touched} | wanted
            plan = Plan(touched=frozenset(touched), load=tuple(sorted(again)), gone=(), fresh=True)
            await self._carry_out(plan, retiring)

    async def leave(self, files: Container[Path], retiring: TaskGroup) -> None:
        """Let go of files that another process serves from now on."""
        async with self._one_at_a_time:
            gone = {source for source in self._sources if source.path in files}
            self._sources -= gone
            for source in gone:
                self._generations.leave(source, retiring)

    def touched(self, paths: Iterable[Path]) -> frozenset[str]:
        """Name the services that a change of these files may load again."""
        paths = frozenset(paths)
        modules = {self._loader.places.name(path) for path in paths}
        modules |= self._loader.data.readers(paths)
        return frozenset(
            name
            for name, live in self._generations.live.items()
            if live.source in self._generations.failed
            or name not in self._imports  # it has just been loaded, and others still are
            or not modules.isdisjoint(self._imports[name])
            or not paths.isdisjoint(live.source.path.parents)
        )

    def hurry(self, saved: Container[Path]) -> None:
        """Let go of an import that hangs: these files are to be loaded."""
        self._generations.importer.let_go(saved)

    def _plan(self, paths: Sequence[Path]) -> Plan | None:
        return plan_reload(
            paths,
            discovery=self._discovery,
            loader=self._loader,
            known=frozenset(self._sources),
            failed=frozenset(self._generations.failed),
        )

    async def _carry_out(self, plan: Plan, retiring: TaskGroup) -> None:
        if plan.fresh:
            importlib.invalidate_caches()
        needed = {s.module: self._loader.graph.dependencies([s.module]) for s in plan.load}
        unloaded = self._loader.unload(plan.touched)
        leaving = frozenset(plan.gone)
        self._sources = (self._sources | set(plan.load)) - leaving
        queue = self._queue(plan.load)
        failed: list[Source] = []
        while source := await self._next(queue):
            if not await self._generations.load(source, retiring, leaving=leaving):
                failed.append(source)
        # Not before: those that are loaded after it would import what is put back.
        for source in failed:
            self._loader.restore(unloaded, needed[source.module])
        for source in plan.gone:
            self._generations.forget(source, retiring)
        self._know_imports()

    def _queue(self, sources: Iterable[Source]) -> dict[Path, Source]:
        """Put what is to be loaded in order: what hung the last time comes last."""
        left = self._generations.importer.left
        return {each.path: each for each in sorted(sources, key=lambda each: (each in left, each))}

    async def _next(self, queue: dict[Path, Source]) -> Source | None:
        """Take the source of the service that was called first, else the first; tell of it."""
        source = self._take_wanted(queue)
        if source is None and queue:
            source = queue.pop(next(iter(queue)))
        self.begins("" if source is None else str(source.path))
        # What was told leaves at the loop's next turn, and the file may end the process.
        await anyio.lowlevel.checkpoint()
        return source

    def _take_wanted(self, queue: dict[Path, Source]) -> Source | None:
        while self.wanted:
            path = self._path_of(self.wanted.pop(0))
            if path in queue and queue[path] not in self._generations.importer.left:
                return queue.pop(path)
        return None

    def _path_of(self, service: str) -> Path | None:
        live = self._generations.live.get(service)
        return live.source.path if live is not None else self.expected.get(service)

    def _know_imports(self) -> None:
        """Remember what each service imports, for those who ask while a reload runs."""
        self.wanted.clear()
        self._imports = {
            name: self._loader.graph.dependencies([live.source.module])
            for name, live in self._generations.live.items()
        }
