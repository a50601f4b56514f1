"""Takes what a feed tells into the state, a little at a time, so that keys come in between.

How news change the state is in ``link``; when they are asked for is the app's matter.
"""

from __future__ import annotations

import time
from collections import deque

from micro_tui.feed import Feed, News
from micro_tui.link import take
from micro_tui.state import State

TURN = 0.006
"""Seconds that news are taken in before a key gets its turn."""


class Intake:
    """The way from a feed into a state."""

    def __init__(self, feed: Feed, state: State) -> None:
        self._feed = feed
        self._state = state
        self._left: deque[News] = deque()

    def take(self) -> bool:
        """Take in the news, for one turn at most; says whether there are more."""
        self._left.extend(self._feed.poll())
        until = time.perf_counter() + TURN
        while self._left:
            take(self._state, self._left.popleft())
            if time.perf_counter() >= until:
                break
        return bool(self._left)
