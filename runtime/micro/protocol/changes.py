"""Tells those clients of changes of whom only the SDK knows.

These are older clients that watch resources, and those few of 2026-07-28 whose
``subscriptions/listen`` was not plain; the others are told by ``listeners``, and older clients of
lists by ``news``. A change is published only if a list is another one indeed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskGroup
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ResourcesListChanged,
    ServerEvent,
    ToolsListChanged,
)
from mcp.server.subscriptions import ResourceUpdated as Updated

from micro.events import (
    AnyEvent,
    EventBus,
    ListChanged,
    ResourceUpdated,
    ServiceLoaded,
    ToolsChanged,
)
from micro.protocol.news import changed_list
from micro.protocol.watching import Watching

log = logging.getLogger(__name__)

SEND_TIMEOUT = 5.0
"""Seconds after which a client that does not read is not told."""

LISTS: dict[str, ServerEvent] = {
    "tools": ToolsListChanged(),
    "resources": ResourcesListChanged(),
    "prompts": PromptsListChanged(),
}


class ListChanges:
    """Knows who wants to hear of changes, and tells them while ``run`` runs.

    Args:
        bus: Where changes are told.
        watching: Who watches which resources.
    """

    def __init__(self, bus: EventBus, watching: Watching) -> None:
        self._listeners = InMemorySubscriptionBus()
        self._watching = watching
        self._changed = anyio.Event()
        self._news: dict[ServerEvent, None] = {}
        self.listen = ListenHandler(self._listeners)
        bus.attach(self._take, calls=False)

    def end_streams(self) -> None:
        """End every open ``subscriptions/listen`` stream with its final result."""
        self.listen.close()

    async def run(self) -> None:
        """Pass changes on until cancelled. Changes that come close together are one."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._changed.wait()
                self._changed = anyio.Event()
                news, self._news = self._news, {}
                for event in news:
                    await self._listeners.publish(event)
                    self._tell_sessions(event, tasks)

    def _take(self, event: AnyEvent) -> None:
        match event:
            case ToolsChanged() | ListChanged():
                self._add(LISTS[changed_list(event)])
            case ResourceUpdated(uri=uri):
                self._add(Updated(uri=uri))
            case ServiceLoaded(service=service):
                for uri in self._watching.of(service):
                    self._add(Updated(uri=uri))
            case _:
                pass

    def _add(self, event: ServerEvent) -> None:
        self._news[event] = None
        self._changed.set()

    def _tell_sessions(self, event: ServerEvent, tasks: TaskGroup) -> None:
        """Tell each session in a task of its own: one that does not read holds up no other."""
        if isinstance(event, Updated):
            for session in self._watching.sessions(event.uri):
                tasks.start_soon(_within, session.send_resource_updated, event.uri)


async def _within(send: Callable[..., Awaitable[None]], *arguments: object) -> None:
    with anyio.move_on_after(SEND_TIMEOUT) as scope:
        await send(*arguments)
    if scope.cancelled_caught:
        log.info("a client did not read in time that something changed")
