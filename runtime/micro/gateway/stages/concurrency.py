"""Lets so many calls of a tool run at a time; more wait for their turn, and no more than that."""

from __future__ import annotations

from time import monotonic, perf_counter

import anyio
from msgspec.structs import replace

from micro.calls import Call, CallNext, ToolResult
from micro.errors import QueueFull
from micro.policies import Concurrency

RETRY_AFTER = 1.0
"""Seconds after which a refused caller may try again: nobody knows how long calls take."""


class Turns:
    """The stage of one tool. Kept over generations: what it protects is the same."""

    def __init__(self, limit: Concurrency) -> None:
        self.limit = limit
        self._turns = anyio.Semaphore(limit.running, fast_acquire=True)

    async def __call__(self, call: Call, call_next: CallNext) -> ToolResult:
        """Run a call once it is its turn.

        Raises:
            QueueFull: Too many wait, or its deadline passed while it waited.
        """
        try:
            self._turns.acquire_nowait()
        except anyio.WouldBlock:
            return await self._wait(call, call_next)
        try:
            return await call_next(call)
        finally:
            self._turns.release()

    async def _wait(self, call: Call, call_next: CallNext) -> ToolResult:
        if self._turns.statistics().tasks_waiting >= self.limit.queue:
            raise self._full(call, "as many wait as may")
        began = perf_counter()
        left = None if call.deadline is None else call.deadline - monotonic()
        with anyio.move_on_after(left) as waiting:
            await self._turns.acquire()
        if waiting.cancelled_caught:
            raise self._full(call, "no turn came before its deadline")
        waited = ("queue", began - call.started, perf_counter() - began)
        try:
            result = await call_next(call)
        finally:
            self._turns.release()
        return replace(result, phases=(waited, *result.phases))

    def _full(self, call: Call, reason: str) -> QueueFull:
        running = self.limit.running
        return QueueFull(
            f"{call.name} runs {running} call{'s' * (running > 1)} at a time, and {reason}.",
            retry_after=RETRY_AFTER,
            mend="call again in a moment",
        )
