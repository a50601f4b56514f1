"""Waits until the dashboard has done what there is to do.

Textual's own way takes a process that gets no CPU for one that has nothing to do, so on a busy
machine a test would look too early.
"""

from __future__ import annotations

import asyncio
from typing import Any

SOON = 1 / 50
"""Seconds within which a timer is waited for: the screen is drawn by one."""


async def until_idle(min_sleep: float = 0, max_sleep: float = 10) -> None:
    """Wait until the event loop has nothing to run, and no timer that rings soon.

    Args:
        min_sleep: Of no use here.
        max_sleep: Seconds after which it is enough: something may go on for good.
    """
    loop: Any = asyncio.get_running_loop()
    enough, quiet = loop.time() + max_sleep, 0
    while quiet < 2 and loop.time() < enough:
        await asyncio.sleep(0)  # in the second round, what came from threads and sockets is there
        quiet = 0 if loop._ready else quiet + 1
        rings = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        left = min(rings, default=enough) - loop.time()
        if quiet and left < SOON:
            await asyncio.sleep(max(0, left))
            quiet = 0
