"""Calls as tasks: each known by a key until it ends, and cancelled by it.

The tasks are asyncio's own, in a group of asyncio's: what anyio puts round a task costs a third of
a short call, and calls do not need it. A call is told once that it is cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class CallTasks(Generic[K]):
    """Calls that run while ``running`` lasts."""

    def __init__(self) -> None:
        self._keys: dict[asyncio.Task[None], K] = {}
        self._calls: dict[K, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Let calls run within this context; those that run at its end are cancelled.

        Raises:
            ExceptionGroup: One failed; the others were cancelled.
        """
        async with asyncio.TaskGroup() as self._tasks:
            try:
                yield
            finally:
                for task in self._keys:
                    task.cancel()

    def begin(self, key: K, work: Coroutine[None, None, None]) -> None:
        """Run a call; of two with one key, the later is known by it."""
        task = self._calls[key] = self._tasks.create_task(work)
        self._keys[task] = key
        task.add_done_callback(self._end)

    def cancel(self, key: K) -> bool:
        """Cancel a call, once it has begun; false if there is none of this key."""
        task = self._calls.get(key)
        if task is not None:
            task.get_loop().call_soon(task.cancel)
        return task is not None

    def _end(self, task: asyncio.Task[None]) -> None:
        key = self._keys.pop(task)
        if self._calls.get(key) is task:
            del self._calls[key]
