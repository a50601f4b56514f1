"""When to draw: less often while drawing costs much, and not before the terminal is through.

A terminal behind a slow link is asked a question after each picture, and gets the next one once it
has answered: so it shows fewer pictures, never old ones. Keys are not waited for: what they change
is drawn at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

RATE = 12
"""Ticks a second, at most."""

SYNCHRONIZED = "\x1b[?2026$p"
RESIZES = "\x1b[?2048$p"
"""Ask for a mode's state: a terminal answers in order, once it has drawn what came before.

Textual asks both at its start; which one was answered is asked again, and if none was then none. Of
those that do not know the mode it passes on the answer to the second alone.
"""

SLOW = 4
"""Ticks from one drawing of what costs more to the next."""

PATIENCE = 15.0
"""Seconds that an answer is waited for."""

_TIRED = 0.025
_RESTED = 0.008


class Pace:
    """Says at each tick whether to draw.

    Args:
        spent: Seconds of CPU that the drawing thread has taken so far.
        clock: Seconds that only go on.

    Attributes:
        question: What the terminal answers; empty if nothing.
        ticks: How many there were.
    """

    def __init__(
        self,
        *,
        spent: Callable[[], float] = time.thread_time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.question = ""
        self._cpu = spent
        self._clock = clock
        self.ticks = 0
        self._every = 1
        self._spent = 0.0
        self._slowed = -SLOW
        self._asked: float | None = None

    def due(self) -> bool:
        """Count a tick, and say whether something is to be drawn at this one."""
        self.ticks += 1
        spent = self._cpu() - self._spent
        if self.ticks % self._every or self._awaited():
            return False
        self._spent += spent
        if spent > _TIRED and self.ticks > RATE:
            self._every = min(4, self._every * 2)
        elif spent < _RESTED and self._every > 1:
            self._every //= 2
        return True

    def slow(self) -> bool:
        """Say whether it is time for what costs more to draw; asked once a drawing."""
        if self.ticks - self._slowed < SLOW:
            return False
        self._slowed = self.ticks
        return True

    def _awaited(self) -> bool:
        return self._asked is not None and self._clock() - self._asked < PATIENCE

    def asks(self) -> bool:
        """Say whether to ask the terminal now, after something was drawn."""
        if not self.question or self._awaited():
            return False
        self._asked = self._clock()
        return True

    def answered(self, question: str) -> None:
        """Hear that the terminal is through with what it got; the first question is the better."""
        self.question = question if question == SYNCHRONIZED else self.question or question
        if question == self.question:
            self._asked = None
