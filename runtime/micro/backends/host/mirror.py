"""Keeps the runtime's registry as the host reports its own, and tells of what changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from micro.backends.host.messages import Served, Told
from micro.calls import Call, Tool, ToolResult
from micro.errors import NameTaken
from micro.events import (
    EventBus,
    LoadError,
    ProblemFound,
    ServiceFailed,
    ServiceRemoved,
)
from micro.registry.news import list_news
from micro.registry.registry import Registry


class Mirror:
    """Follows what hosts report, over the life of several.

    Args:
        registry: Where their tools are put.
        bus: Told of services, and of lists that changed.
        root: The project's folder.
        run: Runs a call in the host: the handle of every tool.

    Attributes:
        numbers: The last generation of each service, for the next host to count on from.
        files: The path of the file that each service was loaded from last.
        broken: Why the last save of a service does not load, for those of which that is so.
    """

    def __init__(
        self,
        registry: Registry,
        bus: EventBus,
        *,
        root: Path,
        run: Callable[[Call], Awaitable[ToolResult]],
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._root = root
        self._run = run
        self.files: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.broken: dict[str, str] = {}

    def services_of(self, file: str) -> tuple[str, ...]:
        """Name the services that were loaded from a file last."""
        return tuple(name for name, known in self.files.items() if known == file)

    def relative(self, file: str) -> str:
        """Give a file's path from the project's folder."""
        path = Path(file)
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else file

    def absolute(self, file: str) -> str:
        """Give a file's path from that."""
        return str(self._root / file)

    @property
    def numbers_before(self) -> dict[str, int]:
        """What to count on from, for a host whose generations get the numbers that serve now."""
        return {name: number - 1 for name, number in self.numbers.items()}

    def take(self, report: Served | Told) -> None:
        """Take in what a host reports."""
        if isinstance(report, Served):
            self.served(report)
        else:
            self.told(report)

    def served(self, message: Served) -> None:
        """Put a generation's tools in the place of the last ones."""
        event = message.event
        self.numbers[event.service] = event.generation
        self.files[event.service] = self.absolute(event.file)
        self.broken.pop(event.service, None)
        tools = [
            Tool(spec=spec, generation=event.generation, run=self._run) for spec in message.tools
        ]
        self._swap({event.service: tools})
        self._bus.publish(event)

    def told(self, message: Told) -> None:
        """Pass on what the developer should see; a service that went away takes its tools."""
        match message.event:
            case ServiceRemoved(service=name):
                self._swap({name: None})
                self.files.pop(name, None)
                self.broken.pop(name, None)
            case ServiceFailed(service=name, error=error):
                self.failing([name], error)
            case _:
                pass
        self._bus.publish(message.event)

    def keep_only(self, services: Iterable[str]) -> None:
        """Drop what an earlier host served and this one does not."""
        for name in self._registry.catalogue.services.keys() - set(services):
            self.told(Told(event=ServiceRemoved(service=name)))

    def error(self, file: str, why: str) -> LoadError:
        """Give the error of a file that does not load for no fault in a line of it."""
        return LoadError(file=self.relative(file), line=None, message=why)

    def failing(self, services: Iterable[str], error: LoadError) -> None:
        """Know that services do not load, before anybody is told of it."""
        for name in services:
            self.broken[name] = describe(error)

    def failed(self, services: Iterable[str], error: LoadError, *, file: str, served: bool) -> None:
        """Tell that a file does not load; ``served``: what it was before serves on."""
        for name in services or (file,):
            number = self.numbers.get(name) if served else None
            event = ServiceFailed(service=name, error=error, serving=number, file=file)
            self.told(Told(event=event))

    def _swap(self, changed: dict[str, list[Tool] | None]) -> None:
        try:
            kinds = self._registry.swap(changed)
            for news in list_news(kinds, self._registry.catalogue):
                self._bus.publish(news)
        except NameTaken as error:
            self._bus.publish(ProblemFound(message=error.message, mend=error.mend))


def describe(error: LoadError) -> str:
    """Say in one line why code does not load, and where."""
    where = f"{error.file}:{error.line}: " if error.line else f"{error.file}: "
    return (where if error.file else "") + error.message.partition("\n")[0]
