"""An event loop of its own for each service's async code, so that one that blocks stops no other.

The loop outlives the service's generations: a pool that a start hook opened stays usable. The
host's own loop never runs an author's coroutine.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from micro.backends.host.mailbox import Mailbox

T = TypeVar("T")


class ServiceLoop:
    """A loop in a thread; ``run`` is for the host's loop, the rest for whoever watches.

    Args:
        service: Names the thread.

    Attributes:
        active: How many coroutines run there.
        owes: Whether it was asked for a sign of life, and has not given one since.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.active = 0
        self.owes = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"loop of {service}", daemon=True
        )
        self._thread.start()
        self._there = Mailbox(self._loop)
        self._back: Mailbox | None = None

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine there, in this context; cancelled when this is."""
        home = asyncio.get_running_loop()
        done: asyncio.Future[T] = home.create_future()
        context = contextvars.copy_context()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = self._loop.create_task(work(), context=context)
            tasks.append(task)
            task.add_done_callback(finish)

        back = self._back = self._back or Mailbox(home)

        def finish(task: asyncio.Task[T]) -> None:
            back.put(partial(_settle, done, task))

        self.active += 1
        self._there.put(begin)
        try:
            return await done
        except asyncio.CancelledError:
            self._there.put(lambda: [task.cancel() for task in tasks])
            raise
        finally:
            self.active -= 1

    def ask(self) -> None:
        """Ask the loop for a sign of life, unless it owes one."""
        if not self.owes:
            self.owes = True
            self._loop.call_soon_threadsafe(self._answer)

    def stack(self) -> traceback.StackSummary:
        """Give what the loop's thread runs now."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # pyright: ignore[reportPrivateUsage]
        return traceback.extract_stack(frame) if frame else traceback.StackSummary()

    def _answer(self) -> None:
        self.owes = False


class ServiceLoops:
    """The loops of one host, each made when it is first needed."""

    def __init__(self) -> None:
        self._loops: dict[str, ServiceLoop] = {}

    def of(self, service: str) -> ServiceLoop:
        """Give a service's loop."""
        loop = self._loops.get(service)
        if loop is None:
            loop = self._loops[service] = ServiceLoop(service)
        return loop

    def all(self) -> list[ServiceLoop]:
        """Give every loop there is."""
        return list(self._loops.values())


def _settle(done: asyncio.Future[T], task: asyncio.Task[T]) -> None:
    """Carry a task's outcome over to the future that waits for it on another loop."""
    if done.done():
        return
    if task.cancelled():
        done.cancel()
    elif error := task.exception():
        done.set_exception(error)
    else:
        done.set_result(task.result())
