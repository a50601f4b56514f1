"""How long to wait before a host that ended is replaced: longer each time that it died young.

A host that could not even be begun died young, however long the attempt took.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio

from micro.errors import HostLost
from micro.events import ProblemFound

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before a host that died young is replaced; doubled each time."""
YOUNG = 2.0
"""Seconds of life below which a host died young."""
CRASH_LOOP = 3
"""Hosts in a row that die young after which that is told."""


class Pauses:
    """Counts hosts that died young in a row.

    Args:
        tell: Told once it looks like more than bad luck.
    """

    def __init__(self, tell: Callable[[ProblemFound], None]) -> None:
        self._tell = tell
        self._deaths = 0
        self._lost: HostLost | None = None
        self._told = ""

    def not_begun(self, error: HostLost) -> None:
        """Know that a host could not be begun, and tell why, once for each reason."""
        self._lost = error
        if error.message != self._told:
            self._told = error.message
            self._tell(ProblemFound(message=error.message, mend=error.mend))

    def forget(self) -> None:
        """Count from none again: what ended hosts has been dealt with."""
        self._deaths = 0

    async def after(self, lived: float, status: str) -> None:
        """Wait as long as is due after a host that lived so many seconds, and ended so."""
        lost, self._lost = self._lost, None
        if lived > YOUNG and lost is None:
            self._deaths = 0
            self._told = ""
            return
        self._deaths += 1
        if self._deaths == CRASH_LOOP and lost is None:
            self._tell(
                ProblemFound(
                    message=f"the host has ended {CRASH_LOOP} times in a row soon after its start "
                    f"({status}); it is tried again after longer and longer pauses",
                    mend="see what it wrote last, and mend the file that it was loading",
                )
            )
        await anyio.sleep(min(FIRST_PAUSE * 2 ** (self._deaths - 1), LONGEST_PAUSE))
