"""How long to wait before a host that ended is replaced: longer each time that it died young.

A host that could not even be begun died young, however long the attempt took.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio

from micro.events import ProblemFound

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before a host that died young is replaced; doubled each time."""
YOUNG = 2.0
"""Seconds of life below which a host died young."""
CRASH_LOOP = 3
"""Hosts in a row that die young after which that is told."""


class Backoff:
    """Counts what died young in a row.

    Attributes:
        deaths: How many did.
    """

    def __init__(self) -> None:
        self.deaths = 0
        self._pause = 0.0

    def after(self, lived: float) -> float:
        """Give how many seconds are due after one that lived so many."""
        young = lived <= YOUNG
        self.deaths = self.deaths + 1 if young else 0
        self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE) if young else 0.0
        return self._pause

    def forget(self) -> None:
        """Count from none again."""
        self.deaths, self._pause = 0, 0.0


class Pauses:
    """Pauses after hosts that died young in a row.

    Args:
        tell: Told once it looks like more than bad luck.
    """

    def __init__(self, tell: Callable[[ProblemFound], None]) -> None:
        self._tell = tell
        self._backoff = Backoff()
        self._begun = True

    def not_begun(self) -> None:
        """Know that a host could not be begun; why is told by whoever was to begin it."""
        self._begun = False

    def forget(self) -> None:
        """Count from none again: what ended hosts has been dealt with."""
        self._backoff.forget()

    async def after(self, lived: float, status: str) -> None:
        """Wait as long as is due after a host that lived so many seconds, and ended so."""
        begun, self._begun = self._begun, True
        pause = self._backoff.after(lived if begun else 0.0)
        if self._backoff.deaths == CRASH_LOOP and begun:
            self._tell(
                ProblemFound(
                    message=f"the host has ended {CRASH_LOOP} times in a row soon after its start "
                    f"({status}); it is tried again after longer and longer pauses",
                    mend="see what it wrote last, and mend the file that it was loading",
                )
            )
        if pause:
            await anyio.sleep(pause)
