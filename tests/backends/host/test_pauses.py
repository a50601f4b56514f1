"""Pauses grow with each process that died young, and no further than told."""

from __future__ import annotations

from micro.backends.host.pauses import FIRST_PAUSE, LONGEST_PAUSE, YOUNG, Backoff


def test_the_pause_doubles_up_to_the_longest_however_many_died():
    backoff = Backoff()
    pauses = [backoff.after(0.0) for _ in range(5000)]
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE
    assert backoff.deaths == 5000


def test_one_that_lived_begins_anew():
    backoff = Backoff()
    backoff.after(0.0)
    assert backoff.after(YOUNG * 2) == 0.0
    assert backoff.after(0.0) == FIRST_PAUSE
