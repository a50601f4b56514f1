"""Notices that clients went away while their calls run, at no cost for calls that are short.

A task for every call would cost more than the call. So one task looks now and then at the calls
that run, and only those that have run for a while get someone to listen for the hang-up.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import anyio
from starlette.types import Receive

PATIENCE = 0.05
"""Seconds that a call runs before anyone listens; a hang-up meanwhile is heard then."""


class _Call:
    """A call in flight; ``listener`` is there once someone listens."""

    __slots__ = ("listener", "receive", "scope", "seen")

    def __init__(self, scope: anyio.CancelScope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.seen = False
        self.listener: anyio.CancelScope | None = None


class Hangups:
    """Cancels calls whose client is gone, while ``run`` runs."""

    def __init__(self) -> None:
        self._calls: dict[_Call, None] = {}
        self._some = anyio.Event()

    @contextmanager
    def heeded(self, receive: Receive) -> Generator[anyio.CancelScope]:
        """Cancel what runs in this context if the client hangs up.

        Args:
            receive: The request's, whose body was read already.
        """
        with anyio.CancelScope() as scope:
            call = _Call(scope, receive)
            self._calls[call] = None
            self._some.set()
            try:
                yield scope
            finally:
                del self._calls[call]
                if call.listener is not None:
                    call.listener.cancel()

    async def run(self) -> None:
        """Listen until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._some.wait()
                await anyio.sleep(PATIENCE)
                for call in self._calls:
                    if call.seen and call.listener is None:
                        call.listener = anyio.CancelScope()
                        tasks.start_soon(_listen, call, call.listener)
                    call.seen = True
                if not self._calls:
                    self._some = anyio.Event()


async def _listen(call: _Call, listener: anyio.CancelScope) -> None:
    with listener:
        while (await call.receive())["type"] != "http.disconnect":
            pass
        call.scope.cancel()
