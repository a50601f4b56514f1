"""The generations that serve now: each is put in place whole, or not at all.

A new one is loaded beside the old, started, and swapped in; then the old one drains and stops.
Code is imported in a thread, hooks run on the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import perf_counter

import anyio.to_thread
from anyio.abc import TaskGroup

from micro.errors import MicroError
from micro.events import (
    LoadError,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
)
from micro.registry.contract import describe_changes
from micro.registry.data_files import absolute_patterns
from micro.registry.discovery import Source
from micro.registry.generation import Elsewhere, Emit, Generation, Make, Report, retire
from micro.registry.importer import Importer
from micro.registry.importing import Isolated, failure, says_isolated
from micro.registry.leftovers import Leftovers
from micro.registry.live import Live, Serving
from micro.registry.loader import ProjectLoader
from micro.registry.members import tool_names
from micro.registry.registry import Registry
from micro.registry.role import Role
from micro.registry.succession import Gates, Succession
from micro.services.service import Service


class Generations:
    """Loads files into the registry, a file at a time.

    Args:
        loader: Imports the project's modules; installed by the caller.
        registry: Where tools are swapped.
        make: Makes a generation.
        report: Told of what becomes of it.
        emit: Told of imports that take long and threads that stay.
        elsewhere: Serves files in processes of their own; ``None`` in such a process.
        role: How generations are counted, and what is not for this process.

    Attributes:
        live: What serves now.
        failed: Files whose last load failed.
        gates: Hold the calls of services between two generations.
        importer: Imports the files.
    """

    def __init__(
        self,
        loader: ProjectLoader,
        registry: Registry,
        *,
        make: Make,
        report: Report,
        emit: Emit,
        elsewhere: Elsewhere | None,
        role: Role,
    ) -> None:
        self._loader = loader
        self._registry = registry
        self._make = make
        self._report = report
        self._elsewhere = elsewhere
        self._role = role
        self.live = Serving(loader.places.shown)
        self._retiring = 0
        self.failed: set[Source] = set()
        self.gates = Gates()
        self.importer = Importer(loader, emit)
        self._leftovers = Leftovers(loader, emit)

    async def load(
        self, source: Source, retiring: TaskGroup, *, leaving: frozenset[Source] = frozenset()
    ) -> bool:
        """Load one file; whatever goes wrong leaves the old serving, and is reported.

        Args:
            source: The file.
            retiring: Where old generations end.
            leaving: Files that are about to go, so that their services' names are free.

        Returns:
            Whether the file's services serve as they are now.
        """
        began = perf_counter()
        services: list[Service] | None = None
        try:
            self._refuse_isolated(source)
            services = await self.importer.services(source)
            if self._role.spares(source, services):
                self.leave(source, retiring)
                return True
            fresh = await self._prepare(source, services, leaving=leaving, retiring=retiring)
        except Exception as error:
            told = failure(error, root=self._loader.root, file=self._relative(source))
            if services is None and self._elsewhere and self._may_go(source, error):
                elsewhere = await self._elsewhere(source)
                if elsewhere is None:
                    self.leave(source, retiring)
                    return True
                told = elsewhere
            self._fail(source, told)
            return False
        self.failed.discard(source)
        names = {live.generation.service.name for live in fresh}
        gone = self._names_of(source) - names
        for live in fresh:
            self._put(live, perf_counter() - began)
        self._remove(gone, retiring)
        self._know_data(source, [live.generation.service for live in fresh])
        return True

    def forget(self, source: Source, retiring: TaskGroup) -> None:
        """Take out what a file defined that defines it no longer."""
        names = self._names_of(source)
        if source in self.failed and not names:
            self._report(ServiceRemoved(service=self._relative(source)), ())
        self.failed.discard(source)
        self._remove(names, retiring)

    async def stop(self) -> None:
        """Stop every service, the last started first."""
        for live in reversed(list(self.live.values())):
            await live.generation.stop()
        self.live.clear()

    async def _prepare(
        self,
        source: Source,
        services: Sequence[Service],
        *,
        leaving: frozenset[Source],
        retiring: TaskGroup,
    ) -> list[Live]:
        """Compile, start and swap in; undone as a whole if one step fails."""
        self.live.refuse_taken([service.name for service in services], source, leaving)
        fresh: list[Live] = []
        async with Succession(self.gates) as succession:
            for service in services:
                number = self._role.next_number(service.name)
                old = self.live.get(service.name)
                if old is not None:
                    service.follow(old.generation.service)
                generation = await anyio.to_thread.run_sync(self._make, service, number)
                await succession.begin(generation, old.generation if old else None)
                fresh.append(Live(generation=generation, number=number, source=source))
            gone = self._names_of(source) - {service.name for service in services}
            self._registry.swap(
                {live.generation.service.name: live.generation.tools for live in fresh}
                | dict.fromkeys(gone)
            )
            succession.complete()
        for old in succession.outlived:
            retiring.start_soon(self._retire, old)
        return fresh

    async def _retire(self, generation: Generation) -> None:
        self._retiring += 1
        await retire(generation)
        self._retiring -= 1
        if not self._retiring:
            self._leftovers.look_soon()

    def _put(self, live: Live, took: float) -> None:
        service = live.generation.service
        before = self.live.get(service.name)
        self.live[service.name] = live
        self._role.served(service.name, live.number)
        for module in service.modules - {service.module}:
            self._loader.graph.add_seen(service.module, module)
        old = [tool.spec for tool in before.generation.tools] if before else []
        new = [tool.spec for tool in live.generation.tools]
        event = ServiceLoaded(
            service=service.name,
            generation=live.number,
            file=self._relative(live.source),
            tools=tool_names(live.generation.tools),
            duration=took,
            changes=describe_changes(old, new) if before else (),
            version=service.version,
            description=service.description,
        )
        self._report(event, live.generation.tools)

    def _know_data(self, source: Source, services: Sequence[Service]) -> None:
        """Know what else than code was read while a file was imported."""
        folders = (source.path.parent, self._loader.root)
        said = [service.hosting.get("watch", ()) for service in services]
        patterns = [pattern for each in said for pattern in absolute_patterns(each, *folders)]
        self._loader.data.know(source.module, tuple(patterns))

    def _refuse_isolated(self, source: Source) -> None:
        if self._elsewhere and says_isolated(source.path):
            raise Isolated

    def _may_go(self, source: Source, error: Exception) -> bool:
        """Whether a file that is not imported here may be in a process of its own.

        So may code that was executed here before, and that may not bear it twice.
        """
        broken = isinstance(error, MicroError | SyntaxError)
        return isinstance(error, Isolated) or (bool(self._names_of(source)) and not broken)

    def leave(self, source: Source, retiring: TaskGroup) -> None:
        """Let go of what another process serves now."""
        self.failed.discard(source)
        for name in self._names_of(source):
            live = self.live.pop(name)
            self._registry.swap({name: None})
            retiring.start_soon(self._retire, live.generation)

    def _fail(self, source: Source, told: LoadError) -> None:
        self.failed.add(source)
        file = self._relative(source)
        for name in sorted(self._names_of(source) or {file}):
            serving = self.live[name].number if name in self.live else None
            self._report(ServiceFailed(service=name, error=told, serving=serving, file=file), ())

    def _remove(self, names: Iterable[str], retiring: TaskGroup) -> None:
        for name in names:
            live = self.live.pop(name, None)
            if live is not None:
                self._registry.swap({name: None})
                self._report(ServiceRemoved(service=name), ())
                retiring.start_soon(self._retire, live.generation)

    def _names_of(self, source: Source) -> set[str]:
        return self.live.loaded_from(source.path)

    def _relative(self, source: Source) -> str:
        return source.path.relative_to(self._loader.root).as_posix()
