"""Looks after the calls over HTTP that take long, at no cost for those that are short.

A task for every call would cost more than the call. So one task looks now and then at the calls
that run, and only those that have run for a while get a task of their own. It hears when the client
hangs up, and gives a sign of life where proxies would cut a connection that is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import anyio
from starlette.types import Receive

PATIENCE = 0.05
"""Seconds that a call runs before anyone minds it; a hang-up meanwhile is heard then."""

PULSE = 15.0
"""Seconds between two signs of life."""

Pulse = Callable[[], Awaitable[None]]


class MindedCall:
    """A call in flight: a context in the task that runs it, which ends quietly once cancelled.

    A scope of anyio's would do the same, and cost a tenth of a short call. Here the task is told
    once; code that does not heed it goes on.

    Attributes:
        cancelled: Whether ``cancel`` was called.
        minder: Cancels who minds it; ``None`` as long as nobody does.
    """

    __slots__ = ("_before", "_calls", "_task", "cancelled", "minder", "pulse", "receive", "seen")

    def __init__(
        self, calls: dict[MindedCall, None], pulse: Pulse, receive: Receive | None
    ) -> None:
        self._calls = calls
        self.pulse = pulse
        self.receive = receive
        self.seen = False
        self.cancelled = False
        self.minder: anyio.CancelScope | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before = task, task.cancelling()
        self._calls[self] = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        del self._calls[self]
        if self.minder is not None:
            self.minder.cancel()
        if not self.cancelled:
            return False
        is_ours = self._task.uncancel() <= self._before
        return is_ours and isinstance(error, asyncio.CancelledError)

    def cancel(self) -> None:
        """Cancel what runs in this context; from another task."""
        if not self.cancelled:
            self.cancelled = True
            self._task.cancel()


class LongCalls:
    """The calls that run, minded while ``run`` runs.

    Args:
        period: Seconds between two signs of life.
    """

    def __init__(self, period: float = PULSE) -> None:
        self._period = period
        self._calls: dict[MindedCall, None] = {}
        self._some = anyio.Event()

    def minded(self, pulse: Pulse, *, receive: Receive | None = None) -> MindedCall:
        """Mind the call that runs in the context that this gives.

        Args:
            pulse: Gives the client a sign of life.
            receive: The request's, whose body was read already; what comes by it is a hang-up,
                which cancels the call. ``None``: the call goes on without its client.
        """
        if not self._calls:
            self._some.set()
        return MindedCall(self._calls, pulse, receive)

    async def run(self) -> None:
        """Mind calls until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._some.wait()
                await anyio.sleep(PATIENCE)
                for call in self._calls:
                    if call.seen and call.minder is None:
                        call.minder = anyio.CancelScope()
                        tasks.start_soon(self._mind, call, call.minder)
                    call.seen = True
                if not self._calls:
                    self._some = anyio.Event()

    async def _mind(self, call: MindedCall, minder: anyio.CancelScope) -> None:
        with minder:
            while True:
                with anyio.move_on_after(self._period) as silence:
                    await _hangup(call.receive)
                if not silence.cancelled_caught:
                    call.cancel()
                    return
                await call.pulse()


async def _hangup(receive: Receive | None) -> None:
    """Return when the client has hung up; never where that is none of our business."""
    if receive is None:
        await anyio.sleep_forever()
        return
    while (await receive())["type"] != "http.disconnect":
        pass
