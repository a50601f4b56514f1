"""How long to wait before a host that ended is replaced: longer each time that it died young."""

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


class Pauses:
    """Counts hosts that died young in a row.

    Args:
        tell: Told once it looks like more than bad luck.
    """

    def __init__(self, tell: Callable[[ProblemFound], None]) -> None:
        self._tell = tell
        self._deaths = 0

    async def after(self, lived: float, status: str) -> None:
        """Wait as long as is due after a host that lived so many seconds, and ended so."""
        if lived > YOUNG:
            self._deaths = 0
            return
        self._deaths += 1
        if self._deaths == CRASH_LOOP:
            self._tell(
                ProblemFound(
                    message=f"the host has ended {CRASH_LOOP} times in a row soon after its start "
                    f"({status}); it is tried again after longer and longer pauses",
                    mend="see what it wrote last, and mend the file that it was loading",
                )
            )
        await anyio.sleep(min(FIRST_PAUSE * 2 ** (self._deaths - 1), LONGEST_PAUSE))
