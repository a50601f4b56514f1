"""What one thread wants done on another's event loop: the loop is woken once for all that waits.

Waking a loop is a system call on either side, and costs more than most of what it is woken for.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger(__name__)


class Mailbox:
    """Functions on their way to a loop, in order; ``put`` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_woken = False

    def put(self, function: Callable[[], object]) -> None:
        """Have a function called on the loop; nothing once that is closed."""
        self._waiting.append(function)
        if not self._is_woken:  # looked at after the append, as the loop resets it before it takes
            self._is_woken = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        self._is_woken = False
        while self._waiting:
            try:
                self._waiting.popleft()()
            except Exception:
                log.exception("what another thread wanted done failed")
