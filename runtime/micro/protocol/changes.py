"""Tells clients that the list of tools is another one: each in the way of its era.

Clients of 2026-07-28 hear it on the ``subscriptions/listen`` streams they opened, older ones as
``notifications/tools/list_changed`` on their session. Who is told here was not asked whether the
list changed: the event is published only if it did.
"""

from __future__ import annotations

import logging

import anyio
from anyio.abc import TaskGroup
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged

from micro.events import AnyEvent, EventBus, ToolsChanged

log = logging.getLogger(__name__)

SEND_TIMEOUT = 5.0
"""Seconds after which a client that does not read is not told."""


class ListChanges:
    """Knows who wants to hear of changes, and tells them while ``run`` runs."""

    def __init__(self, bus: EventBus) -> None:
        self._listeners = InMemorySubscriptionBus()
        self._sessions: set[ServerSession] = set()
        self._changed = anyio.Event()
        self.listen = ListenHandler(self._listeners)
        bus.attach(self._take)

    def add(self, session: ServerSession) -> None:
        """Tell an older client from now on, until ``discard``."""
        self._sessions.add(session)

    def discard(self, session: ServerSession) -> None:
        """Tell it no more."""
        self._sessions.discard(session)

    def end_streams(self) -> None:
        """End every open ``subscriptions/listen`` stream with its final result."""
        self.listen.close()

    async def run(self) -> None:
        """Pass changes on until cancelled. Changes that come close together are one."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._changed.wait()
                self._changed = anyio.Event()
                await self._listeners.publish(ToolsListChanged())
                self._tell_sessions(tasks)

    def _take(self, event: AnyEvent) -> None:
        if type(event) is ToolsChanged:
            self._changed.set()

    def _tell_sessions(self, tasks: TaskGroup) -> None:
        """Tell every session in a task of its own: one that does not read holds up no other."""
        for session in self._sessions:
            tasks.start_soon(_tell, session)


async def _tell(session: ServerSession) -> None:
    with anyio.move_on_after(SEND_TIMEOUT) as scope:
        await session.send_tool_list_changed()
    if scope.cancelled_caught:
        log.info("a client did not read in time that the tools changed")
