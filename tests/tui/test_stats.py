from __future__ import annotations

import pytest

from micro_tui.stats import Activity, Stats, percentile


def test_the_rate_is_taken_over_the_last_ten_whole_seconds() -> None:
    stats = Stats()
    for number in range(100):
        stats.started("a", 1000 + number / 10)
    assert stats.totals(1010.5).rate == 10
    assert stats.totals(1015.5).rate == 5
    assert stats.totals(1100).rate == 0


def test_percentiles_and_failures_look_back_one_minute() -> None:
    stats = Stats()
    for number in range(100):
        stats.finished("a", "ok", duration=number / 1000, now=1000)
    stats.finished("a", "error", duration=1, now=1050)
    totals = stats.totals(1051)
    assert totals.p50 == pytest.approx(0.05)
    assert totals.p95 == pytest.approx(0.095)
    assert totals.failed == pytest.approx(1 / 101)
    assert stats.totals(1100).p50 == 1
    assert stats.totals(2000).p95 is None


def test_a_refused_call_does_not_make_a_tool_look_fast() -> None:
    stats = Stats()
    stats.finished("a", "refused", duration=0.00001, now=1)
    assert stats.tool("a").p95 is None
    assert stats.tool("a").failures == 1


def test_activity_slides_with_time() -> None:
    activity = Activity(step=2, steps=3)
    activity.add(10)
    activity.add(11)
    activity.add(13)
    assert activity.values(13) == [0, 2, 1]
    assert activity.values(15) == [2, 1, 0]
    activity.add(1)
    assert activity.values(100) == [0, 0, 0]


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3], 0.95) == 3
