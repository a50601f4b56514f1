"""Bounded rows with sequence numbers that only grow, and filtered views of them.

Knows nothing of what a row is, and nothing of screens.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Ring(Generic[Row]):
    """Keeps the last ``cap`` rows; row ``seq`` is there while ``first <= seq < end``."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.end = 0
        self.revised: deque[int] = deque(maxlen=cap)
        self.revisions = 0
        self._rows: list[Row] = []
        self._floor = 0

    @property
    def first(self) -> int:
        """The oldest sequence number that is still kept."""
        return max(self._floor, self.end - len(self._rows))

    def append(self, row: Row) -> int:
        """Add a row, in place of the oldest one if the ring is full; gives its number."""
        if len(self._rows) < self.cap:
            self._rows.append(row)
        else:
            self._rows[self.end % self.cap] = row
        self.end += 1
        return self.end - 1

    def replace(self, seq: int, row: Row) -> bool:
        """Put another row in a place that is still kept; says whether it was."""
        if not self.first <= seq < self.end:
            return False
        self._rows[seq % self.cap] = row
        self.revised.append(seq)
        self.revisions += 1
        return True

    def clear(self) -> None:
        """Keep no row that is there now; numbers go on as if they were."""
        self._floor = self.end

    def restore(self) -> None:
        """Keep again what was cleared, as far as nothing has come in its place."""
        self._floor = 0

    def __getitem__(self, seq: int) -> Row:
        if not self.first <= seq < self.end:
            raise IndexError(seq)
        return self._rows[seq % self.cap]

    def rows(self) -> Iterator[Row]:
        """Give the rows that are kept, oldest first; cheaper than one by one."""
        rows, cap = self._rows, self.cap
        return (rows[seq % cap] for seq in range(self.first, self.end))

    def __len__(self) -> int:
        return self.end - self.first


class View(Generic[Row]):
    """The numbers of the rows that pass a filter, kept up to date by what is new."""

    def __init__(self, ring: Ring[Row]) -> None:
        self.ring = ring
        self._keep: Callable[[Row], bool] | None = None
        self._until: int | None = None
        self._seen = ring.first
        self._revisions = ring.revisions
        self._all = range(ring.first, ring.first)
        self._some: list[int] = []

    @property
    def seqs(self) -> Sequence[int]:
        """The numbers, oldest first."""
        return self._all if self._keep is None else self._some

    @property
    def stale(self) -> bool:
        """Whether the ring has changed since ``catch_up``."""
        return self._seen != self.ring.end or self._revisions != self.ring.revisions

    @property
    def seen(self) -> int:
        """The number that the next row will have, as of the last ``catch_up``."""
        return self._seen

    def filter(self, keep: Callable[[Row], bool] | None, *, until: int | None = None) -> None:
        """Show only the rows that ``keep`` accepts, or all; none from number ``until`` on."""
        self._keep = keep
        self._until = until
        self._some = []
        self._seen = self.ring.first
        self._revisions = self.ring.revisions
        self.catch_up()

    def catch_up(self) -> int:
        """Take in what changed; gives how many rows have gone from the front."""
        ring = self.ring
        before = self._all
        self._all = range(ring.first, self._end)
        gone = min(len(before), self._all.start - before.start)
        if self._keep is not None:
            gone = self._catch_up_some(self._keep)
        self._seen = ring.end
        self._revisions = ring.revisions
        return gone

    @property
    def _end(self) -> int:
        return self.ring.end if self._until is None else min(self._until, self.ring.end)

    def _catch_up_some(self, keep: Callable[[Row], bool]) -> int:
        ring, some = self.ring, self._some
        gone = bisect_left(some, ring.first)
        del some[:gone]
        self._revise(keep)
        start = max(self._seen, ring.first)
        some += [seq for seq in range(start, self._end) if keep(ring[seq])]
        return gone

    def _revise(self, keep: Callable[[Row], bool]) -> None:
        ring = self.ring
        missed = ring.revisions - self._revisions
        if not missed:
            return
        if missed > len(ring.revised):
            self._some.clear()
            self._seen = ring.first
            return
        for seq in list(ring.revised)[-missed:]:
            if ring.first <= seq < self._seen:
                self._place(seq, keep(ring[seq]))

    def _place(self, seq: int, wanted: bool) -> None:
        at = bisect_left(self._some, seq)
        present = at < len(self._some) and self._some[at] == seq
        if wanted and not present:
            insort(self._some, seq)
        elif present and not wanted:
            del self._some[at]

    def line_of(self, seq: int) -> int:
        """Where a row is, or the nearest one after it; 0 if the view is empty."""
        seqs = self.seqs
        at = seq - seqs.start if isinstance(seqs, range) else bisect_left(seqs, seq)
        return max(0, min(at, len(seqs) - 1))
