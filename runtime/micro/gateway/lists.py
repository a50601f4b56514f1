"""The lists that callers see, one for each set of scopes; the bus hears of who was given one."""

from __future__ import annotations

from collections.abc import Callable

from micro.calls import Caller, Kind, Tool
from micro.events import EventBus, ToolsListed
from micro.gateway.scopes import missing_scopes
from micro.registry.registry import Registry

LISTS = 1_000
"""Lists that are kept: one for each kind and set of scopes."""


class Lists:
    """The lists of what one registry serves.

    The same tuple is given again to whoever holds the same scopes, until a reload.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._listed = registry.catalogue
        self._lists: dict[tuple[Kind, tuple[str, ...]], tuple[Tool, ...]] = {}

    def of(self, kind: Kind, scopes: tuple[str, ...]) -> tuple[Tool, ...]:
        """List what may be called with these scopes of one kind, in a stable order."""
        catalogue = self._registry.catalogue
        if kind == "tool" and "*" in scopes:
            return catalogue.tools
        if catalogue is not self._listed:
            self._listed, self._lists = catalogue, {}
        found = self._lists.get((kind, scopes))
        if found is None:
            if len(self._lists) >= LISTS:
                self._lists.clear()
            found = self._lists[kind, scopes] = tuple(
                member
                for member in catalogue.of(kind)
                if not missing_scopes(member.spec.scopes, scopes)
            )
        return found


def tell_lists(bus: EventBus) -> Callable[[Caller, int], None]:
    """Give what the gateway calls with everyone who asked for the list."""

    def tell(caller: Caller, tools: int) -> None:
        bus.publish(
            ToolsListed(
                door=caller.door,
                client=caller.client,
                client_version=caller.client_version,
                protocol=caller.protocol,
                subject=caller.subject,
                tools=tools,
            )
        )

    return tell
