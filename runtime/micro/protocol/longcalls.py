"""Looks after the calls over HTTP that take long, at no cost for those that are short.

A task for every call would cost more than the call. So one task looks now and then at the calls
that run, and only those that have run for a while get a task of their own. It hears when the client
hangs up, and gives a sign of life where proxies would cut a connection that is silent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import anyio
from starlette.types import Receive

PATIENCE = 0.05
"""Seconds that a call runs before anyone minds it; a hang-up meanwhile is heard then."""

PULSE = 15.0
"""Seconds between two signs of life."""

Pulse = Callable[[], Awaitable[None]]


class _Call:
    """A call in flight; ``minder`` is there once someone minds it."""

    __slots__ = ("minder", "pulse", "receive", "scope", "seen")

    def __init__(self, scope: anyio.CancelScope, pulse: Pulse, receive: Receive | None) -> None:
        self.scope = scope
        self.pulse = pulse
        self.receive = receive
        self.seen = False
        self.minder: anyio.CancelScope | None = None


class LongCalls:
    """The calls that run, minded while ``run`` runs.

    Args:
        period: Seconds between two signs of life.
    """

    def __init__(self, period: float = PULSE) -> None:
        self._period = period
        self._calls: dict[_Call, None] = {}
        self._some = anyio.Event()

    @contextmanager
    def minded(
        self, pulse: Pulse, *, receive: Receive | None = None
    ) -> Generator[anyio.CancelScope]:
        """Mind the call that runs in this context, whose scope this gives.

        Args:
            pulse: Gives the client a sign of life.
            receive: The request's, whose body was read already; what comes by it is a hang-up,
                which cancels the call. ``None``: the call goes on without its client.
        """
        with anyio.CancelScope() as scope:
            call = _Call(scope, pulse, receive)
            self._calls[call] = None
            self._some.set()
            try:
                yield scope
            finally:
                del self._calls[call]
                if call.minder is not None:
                    call.minder.cancel()

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

    async def _mind(self, call: _Call, minder: anyio.CancelScope) -> None:
        with minder:
            while True:
                with anyio.move_on_after(self._period) as silence:
                    await _hangup(call.receive)
                if not silence.cancelled_caught:
                    call.scope.cancel()
                    return
                await call.pulse()


async def _hangup(receive: Receive | None) -> None:
    """Return when the client has hung up; never where that is none of our business."""
    if receive is None:
        await anyio.sleep_forever()
        return
    while (await receive())["type"] != "http.disconnect":
        pass
