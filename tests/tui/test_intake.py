from __future__ import annotations

import pytest

from micro_tui import intake
from micro_tui.intake import Intake
from micro_tui.state import State
from micro_tui.testing import FakeFeed
from tui.shop import make_snapshot, started


def test_news_are_taken_in_as_long_as_a_turn_lasts_and_the_rest_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed, state = FakeFeed(make_snapshot()), State()
    taking = Intake(feed, state)
    feed.tell(started(1))
    feed.tell(started(2))
    monkeypatch.setattr(intake, "TURN", 0.0)
    assert taking.take()
    assert (state.link, state.calls) == ("live", 0)
    assert taking.take()
    assert state.calls == 1
    monkeypatch.setattr(intake, "TURN", 60.0)
    feed.tell(started(3))
    assert not taking.take()
    assert state.calls == 3


def test_what_came_later_is_never_taken_in_before_what_came_first() -> None:
    feed, state = FakeFeed(make_snapshot()), State()
    for number in range(1, 200):
        feed.tell(started(number))
    taking = Intake(feed, state)
    while taking.take():
        pass
    seen = [getattr(state.stream[seq], "call", 0) for seq in range(state.stream.end)]
    assert seen == list(range(1, 200))
