"""Services whose files changed and that are not loaded again yet: their calls wait a moment.

So the first call after a save is answered by the new code, and no other call waits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

import anyio

HOLD = 1.0
"""Seconds without any progress after which old code answers a call that waits for new code."""
FIRST_HOLD = 15.0
"""The same where there is no old code yet."""
_LOOKS = 4
"""How often it is looked at in that time: all of it may pass at once while the host is held up."""


class Stale:
    """Remembers for each stale service the last reload that will freshen it.

    Args:
        progress: Gives something else whenever the loading has got on.
    """

    def __init__(self, progress: Callable[[], object]) -> None:
        self._progress = progress
        self._until: dict[str, tuple[int, anyio.Event]] = {}
        self._running: int | None = None

    def __contains__(self, service: object) -> bool:
        return service in self._until

    @property
    def all(self) -> frozenset[str]:
        """Name them."""
        return frozenset(self._until)

    def mark(self, reload: int, services: Iterable[str]) -> None:
        """Make services stale until a reload has dealt with them."""
        for service in services:
            _, event = self._until.get(service, (0, anyio.Event()))
            self._until[service] = (reload, event)

    @contextmanager
    def reloading(self, reload: int) -> Generator[None]:
        """Say which reload runs; what it left stale is released after it."""
        self._running = reload
        try:
            yield
        finally:
            for service in list(self._until):
                self.release(service)
            self._running = None

    def release(self, service: str) -> None:
        """Let calls of a service go on, unless a later reload touches it too."""
        reload, event = self._until.get(service, (None, None))
        if event is not None and reload == self._running:
            del self._until[service]
            event.set()

    async def wait(self, service: str, *, first: bool) -> None:
        """Wait until a service is fresh or its loading hangs; longer for its first code."""
        hold = (FIRST_HOLD if first else HOLD) / _LOOKS
        seen, looks = self._progress(), 0
        while service in self._until and looks < _LOOKS:
            with anyio.move_on_after(hold):
                await self._until[service][1].wait()
            before, seen = seen, self._progress()
            looks = looks + 1 if seen == before else 0
