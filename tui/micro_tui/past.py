"""The stream as it was at an earlier moment: which rows there were, and how far each call was.

Moments are seconds since the epoch. Nothing is kept for this: a call's own times say it all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from micro.snapshots import CallView
from micro_tui.ring import Ring
from micro_tui.state import StreamRow

_NEARBY = 2_000
"""Rows before a moment among which the calls are that end about then."""


def rows_until(ring: Ring[StreamRow], moment: float) -> int:
    """Give the number of the first row that came after a moment."""
    return ring.first + bisect_right(_numbers(ring), moment, key=lambda seq: ring[seq].time)


def as_of(row: StreamRow, moment: float) -> StreamRow:
    """Give a row as it was: a call that ended later still ran."""
    ended = ended_at(row)
    if not isinstance(row, CallView) or ended is None or ended <= moment:
        return row
    return msgspec.structs.replace(
        row, outcome=None, duration=None, generation=0, reason="", said=""
    )


def ended_at(row: StreamRow) -> float | None:
    """Give when a call ended, ``None`` if it has not or is none."""
    if isinstance(row, CallView) and row.duration is not None:
        return row.time + row.duration
    return None


def moment_before(ring: Ring[StreamRow], moment: float) -> float | None:
    """Give when last something happened before a moment; ``None`` if nothing is kept."""
    return max((at for at in _moments(ring, moment) if at < moment), default=None)


def moment_after(ring: Ring[StreamRow], moment: float) -> float | None:
    """Give when something happened next; ``None`` if nothing has."""
    return min((at for at in _moments(ring, moment) if at > moment), default=None)


def running_at(ring: Ring[StreamRow], moment: float) -> int:
    """Give how many calls ran at a moment."""
    until = rows_until(ring, moment)
    nearby = (ring[seq] for seq in range(max(ring.first, until - _NEARBY), until))
    return sum(isinstance(row, CallView) and _runs(row, moment) for row in nearby)


def _runs(row: CallView, moment: float) -> bool:
    ended = ended_at(row)
    return row.outcome is None if ended is None else ended > moment


def _moments(ring: Ring[StreamRow], moment: float) -> Iterator[float]:
    """Give when calls near a moment began and ended: all that lie next to it are among them."""
    until = rows_until(ring, moment)
    for seq in range(max(ring.first, until - _NEARBY), min(ring.end, until + 1)):
        row = ring[seq]
        yield row.time
        if (ended := ended_at(row)) is not None:
            yield ended


def density(ring: Ring[StreamRow], start: float, end: float, columns: int) -> list[int]:
    """Give how many rows came in each of ``columns`` equal parts of a time."""
    numbers, width = _numbers(ring), (end - start) / max(columns, 1)
    borders = [
        bisect_left(numbers, start + width * column, key=lambda seq: ring[seq].time)
        for column in range(columns)
    ]
    return [
        after - before for before, after in zip(borders, [*borders[1:], len(numbers)], strict=True)
    ]


def _numbers(ring: Ring[StreamRow]) -> Sequence[int]:
    return range(ring.first, ring.end)
