"""Whose fault it is that processes end: the file that was loading, or what had calls there.

Counts only; what is to be done about it is decided elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

ENOUGH = 3
"""Ends of a process after which a file is no longer trusted."""
WINDOW = 10.0
"""Seconds within which those come."""
SUSPECTS = 4
"""Files that may be taken for the culprit; of more, any busy service would be among them."""


class Strikes:
    """The last times that a process ended while a file was in it.

    Args:
        clock: Gives seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=ENOUGH)

    def add(self) -> bool:
        """Count one; tells whether it is enough now, and begins anew if so."""
        self._times.append(self._clock())
        enough = len(self._times) == ENOUGH and self._times[-1] - self._times[0] < WINDOW
        if enough:
            self._times.clear()
        return enough


class Blame:
    """Finds the files that end one process after another.

    Args:
        clock: Gives seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._strikes: dict[str, Strikes] = {}

    def ended(self, files: Iterable[str]) -> list[str]:
        """Give those files of a process that ended which were in each of the last to end."""
        suspects = set(files)
        self._strikes = {file: self._strikes.get(file) or Strikes(self._clock) for file in suspects}
        found = sorted(file for file in suspects if self._strikes[file].add())
        return found if len(found) <= SUSPECTS else []
