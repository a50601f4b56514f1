"""The stream as it was: what the past is made from, without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from micro.snapshots import CallView
from micro_tui.past import as_of, density, moment_after, moment_before, rows_until, running_at
from micro_tui.ring import Ring
from micro_tui.state import Mark, StreamRow
from tui.shop import make_view


def stream(*calls: tuple[float, float | None], cap: int = 100) -> Ring[StreamRow]:
    ring = Ring[StreamRow](cap)
    for number, (time, duration) in enumerate(calls, 1):
        outcome = None if duration is None else "ok"
        ring.append(make_view(number, time=time, duration=duration, outcome=outcome))
    return ring


def test_only_rows_that_had_come_are_there() -> None:
    ring = stream((1.0, 5.0), (2.0, 0.5), (3.0, None))
    assert [rows_until(ring, moment) for moment in (0.5, 1.0, 2.5, 9.0)] == [0, 1, 2, 3]


def test_a_call_that_ended_later_still_ran() -> None:
    call = make_view(time=1.0, duration=5.0, outcome="error", reason="Boom")
    then = as_of(call, 3.0)
    assert isinstance(then, CallView)
    assert (then.outcome, then.duration, then.reason) == (None, None, "")
    assert as_of(call, 6.0) is call
    mark = Mark(kind="note", time=1.0)
    assert as_of(mark, 0.0) is mark


def test_time_is_stepped_through_by_what_happened() -> None:
    ring = stream((1.0, 5.0), (2.0, 0.5), (3.0, None))
    seen: list[float] = []
    moment = 10.0
    while (before := moment_before(ring, moment)) is not None:
        seen.append(moment := before)
    assert seen == [6.0, 3.0, 2.5, 2.0, 1.0]
    back = [at for at in (moment_after(ring, each) for each in reversed(seen)) if at]
    assert back == [2.0, 2.5, 3.0, 6.0]


def test_those_that_ran_at_a_moment_are_counted() -> None:
    ring = stream((1.0, 5.0), (2.0, 0.5), (3.0, None))
    assert [running_at(ring, moment) for moment in (0.5, 1.5, 2.2, 2.7, 4.0, 7.0)] == [
        *(0, 1, 2, 1, 2, 1)
    ]


@given(st.lists(st.floats(0, 100), max_size=50), st.integers(1, 40))
def test_every_row_is_in_one_column(times: list[float], columns: int) -> None:
    ring = stream(*((time, 0.1) for time in sorted(times)))
    assert sum(density(ring, 0.0, 100.0, columns)) == len(times)


def test_what_was_cleared_is_gone_and_numbers_go_on() -> None:
    ring = stream((1.0, 1.0), (2.0, 1.0), cap=2)
    ring.clear()
    assert len(ring) == 0
    assert not ring.replace(0, make_view(1))
    assert ring.append(make_view(3)) == 2
    ring.append(make_view(4))
    assert [row.call for seq in (2, 3) if isinstance(row := ring[seq], CallView)] == [3, 4]


def test_what_was_cleared_is_there_again_as_far_as_nothing_took_its_place() -> None:
    ring = stream((1.0, 1.0), (2.0, 1.0), (3.0, 1.0), cap=3)
    ring.clear()
    ring.append(make_view(4))
    ring.restore()
    assert [row.call for seq in range(1, 4) if isinstance(row := ring[seq], CallView)] == [2, 3, 4]
    assert ring.first == 1
