"""Looks after the calls over HTTP that take long, at no cost for those that are short.

A task for every call would cost more than the call, and ten thousand calls that wait would hold
more in their tasks than in themselves. So one task looks now and then at the calls that run, and
gives signs of life where proxies would cut a connection that is silent. A call has a task of its
own only while it gives one, or where a server says no other way that the client hung up.
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

EARLY = 2.0
"""Seconds until the first one, for clients that can go on with a stream that was cut: only from
then on they can."""

Pulse = Callable[[], Awaitable[None]]

OnHangup = Callable[[Callable[[], None] | None], None]
"""Takes whom to tell once the client hangs up; ``None``: nobody any more."""


class MindedCall:
    """A call in flight: a context in the task that runs it, which ends quietly once cancelled.

    A scope of anyio's would do the same, and cost a tenth of a short call. Here the task is told
    once; code that does not heed it goes on.

    Attributes:
        cancelled: Whether ``cancel`` was called.
        due: When it is to be minded next, on the loop's clock; ``None`` until it is looked at.
        minder: Cancels who minds it; ``None`` as long as nobody does.
    """

    __slots__ = (
        *("_before", "_calls", "_task"),
        *("cancelled", "due", "first", "minder", "on_hangup", "pulse", "receive"),
    )

    def __init__(self, calls: dict[MindedCall, None], pulse: Pulse, first: float) -> None:
        self._calls = calls
        self.first = first
        self.pulse = pulse
        self.receive: Receive | None = None
        self.on_hangup: OnHangup | None = None
        self.cancelled = False
        self.due: float | None = None
        self.minder: anyio.CancelScope | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before = task, task.cancelling()
        self._calls[self] = None
        if self.on_hangup is not None:
            self.on_hangup(self.cancel)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        del self._calls[self]
        if self.on_hangup is not None:
            self.on_hangup(None)
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

    def is_due(self, now: float) -> bool:
        """Whether it is time to mind it; the first look sets when that is."""
        if self.due is None:
            self.due = now if self.receive is not None else now + self.first
            return False
        return self.due <= now and self.minder is None


class LongCalls:
    """The calls that run, minded while ``run`` runs.

    Args:
        period: Seconds between two signs of life.
    """

    def __init__(self, period: float = PULSE) -> None:
        self._period = period
        self._calls: dict[MindedCall, None] = {}
        self._some = anyio.Event()
        self._waits = True

    def minded(
        self,
        pulse: Pulse,
        *,
        receive: Receive | None = None,
        on_hangup: OnHangup | None = None,
        first: float | None = None,
    ) -> MindedCall:
        """Mind the call that runs in the context that this gives.

        Args:
            pulse: Gives the client a sign of life.
            receive: The request's, whose body was read already; what comes by it is a hang-up,
                which cancels the call.
            on_hangup: Tells of that in its place, and needs no task that listens. Without either
                the call goes on without its client.
            first: Seconds until the first sign of life, if it is not to come like later ones.
        """
        if self._waits:
            self._waits = False
            self._some.set()
        call = MindedCall(self._calls, pulse, self._period if first is None else first)
        if on_hangup is not None:
            call.on_hangup = on_hangup
        else:
            call.receive = receive
        return call

    async def run(self) -> None:
        """Mind calls until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._some.wait()
                await anyio.sleep(PATIENCE)
                now = anyio.current_time()
                for call in self._calls:
                    if call.is_due(now):
                        call.minder = anyio.CancelScope()
                        tasks.start_soon(self._mind, call, call.minder)
                if not self._calls:
                    self._some, self._waits = anyio.Event(), True

    async def _mind(self, call: MindedCall, minder: anyio.CancelScope) -> None:
        with minder:
            if call.receive is not None:
                await self._listen(call, call.receive)
            else:
                await call.pulse()
                call.due, call.minder = anyio.current_time() + self._period, None

    async def _listen(self, call: MindedCall, receive: Receive) -> None:
        """Cancel a call once its client hangs up, with signs of life until then."""
        silence = call.first
        while True:
            with anyio.move_on_after(silence) as listening:
                await _hangup(receive)
            if not listening.cancelled_caught:
                call.cancel()
                return
            await call.pulse()
            silence = self._period


async def _hangup(receive: Receive) -> None:
    """Return when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
