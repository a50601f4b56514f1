"""Notices a host that gives no sign of life while calls are in it, and ends it.

That happens where code holds the interpreter: a regular expression that runs away, a C function.
Another host takes its place; what it ran is in the log before it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import anyio

from micro.backends.host.forked import HostProcess
from micro.backends.host.messages import Ping
from micro.system.processes import ask_for_stacks, kill

INTERVAL = 0.5
"""Seconds between two questions to a host that has calls."""
PATIENCE = 4
"""Questions in a row without a sign of life after which a host is given up. Seconds would not do:
a runtime that was held up itself finds silence where it has only not listened."""
LAST_WORDS = 0.1
"""Seconds that it has to write where each of its threads is."""


class Heartbeat:
    """Watches one host.

    Args:
        host: The host; ``heard`` is to be called whenever anything comes from it.
        is_busy: Whether calls are in it.

    Attributes:
        paused: Whether it may be silent: somebody is in a debugger.
    """

    def __init__(self, host: HostProcess, is_busy: Callable[[], bool]) -> None:
        self._host = host
        self._is_busy = is_busy
        self._heard = False
        self._work = anyio.Event()
        self.paused = False

    def heard(self) -> None:
        """Take something that came as a sign of life."""
        self._heard = True

    def wake(self) -> None:
        """Begin to watch: a call was sent."""
        self._work.set()

    async def watch(self) -> None:
        """Watch until the host is silent for too long; ends it, and returns."""
        while True:
            await self._work.wait()
            self._work = anyio.Event()
            unanswered = 0
            while self._is_busy():
                self._heard = False
                self._host.frames.send(Ping())
                await anyio.sleep(INTERVAL)
                unanswered = 0 if self._heard or self.paused else unanswered + 1
                if unanswered == PATIENCE:
                    await self._give_up()
                    return

    async def _give_up(self) -> None:
        with suppress(ProcessLookupError):
            ask_for_stacks(self._host.pid)
            await anyio.sleep(LAST_WORDS)
            kill(self._host.pid)
