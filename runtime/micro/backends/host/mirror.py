"""Keeps the runtime's registry as the host reports its own, and tells of what changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from micro.backends.host.messages import Served, Told
from micro.calls import Call, Tool, ToolResult
from micro.errors import NameTaken
from micro.events import EventBus, ProblemFound, ServiceRemoved, ToolsChanged
from micro.registry.registry import Registry


class Mirror:
    """Follows what hosts report, over the life of several.

    Args:
        registry: Where their tools are put.
        bus: Told of services, and of lists that changed.
        run: Runs a call in the host: the handle of every tool.

    Attributes:
        numbers: The last generation of each service, for the next host to count on from.
    """

    def __init__(
        self, registry: Registry, bus: EventBus, *, run: Callable[[Call], Awaitable[ToolResult]]
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._run = run
        self.numbers: dict[str, int] = {}

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
        tools = [
            Tool(spec=spec, generation=event.generation, run=self._run) for spec in message.tools
        ]
        self._swap({event.service: tools})
        self._bus.publish(event)

    def told(self, message: Told) -> None:
        """Pass on what the developer should see; a service that went away takes its tools."""
        if isinstance(message.event, ServiceRemoved):
            self._swap({message.event.service: None})
        self._bus.publish(message.event)

    def keep_only(self, services: Iterable[str]) -> None:
        """Drop what an earlier host served and this one does not."""
        for name in self._registry.catalogue.services.keys() - set(services):
            self.told(Told(event=ServiceRemoved(service=name)))

    def _swap(self, changed: dict[str, list[Tool] | None]) -> None:
        try:
            if self._registry.swap(changed):
                self._bus.publish(ToolsChanged(tools=len(self._registry.catalogue.tools)))
        except NameTaken as error:
            self._bus.publish(ProblemFound(message=error.message, mend=error.mend))
