"""Hands items from the event loop to one thread in groups, and tells when each is done with.

A thread that is woken for every call costs more than its work: both sides fight for the
interpreter. So what comes in one turn of the loop goes over together, and whatever comes while the
thread is busy waits for its end. Knows nothing of what is done with the items.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Waiting = tuple[T, "asyncio.Future[None] | None"]


class Handover(Generic[T]):
    """Groups on their way to a thread; make it on the event loop's thread.

    Args:
        work: Done in the thread with each group, in the order of their items; must not raise.
        name: The thread's.
        at_end: Done in the thread once there is nothing more to come.
    """

    def __init__(
        self,
        work: Callable[[list[T]], None],
        *,
        name: str,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._at_end = at_end
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting[T]] = []
        self._is_due = False
        self._is_busy = False
        self._groups: queue.SimpleQueue[list[Waiting[T]] | None] = queue.SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def put(self, item: T) -> None:
        """Hand an item over; returns once the thread is done with it."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._add((item, done))
        await done

    def hand(self, item: T) -> None:
        """Hand an item over without waiting for what becomes of it."""
        self._add((item, None))

    def close(self, timeout: float) -> None:
        """Hand over what waits, and wait so many seconds for the thread to end."""
        if self._waiting:
            self._send()
        self._groups.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def tell(self, function: Callable[[Any], None], argument: object) -> None:
        """Run a function on the event loop's thread, from the other one; nothing once it closed."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, argument)

    def _add(self, waiting: Waiting[T]) -> None:
        self._waiting.append(waiting)
        if not (self._is_due or self._is_busy):
            self._is_due = True
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._is_due = False
        if self._waiting:
            self._is_busy = True
            self._groups.put(self._waiting)
            self._waiting = []

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            self._work([item for item, _ in group])
            self.tell(self._release, group)
        self._at_end()

    def _release(self, group: list[Waiting[T]]) -> None:
        self._is_busy = False
        self._send()
        for _, done in group:
            if done is not None and not done.done():
                done.set_result(None)
