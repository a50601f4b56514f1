"""What stands beside the stream at an earlier moment, worked out from the rows."""

from __future__ import annotations

import random

from msgspec.structs import replace

from micro.events import Outcome
from micro.snapshots import CallView
from micro_tui.earlier import state_at
from micro_tui.facts import apply
from micro_tui.link import restore
from micro_tui.state import State, clear_calls, restore_calls
from tui.shop import NOW, failed, finished, make_snapshot, make_view, reloaded, started


def calls(state: State) -> list[int]:
    return sorted(row.call for row in state.stream.rows() if isinstance(row, CallView))


def served() -> State:
    state = State()
    restore(state, make_snapshot())
    return state


def test_figures_of_a_moment_are_those_that_were_shown_then() -> None:
    """What is worked out afterwards is what a dashboard that stopped then would show."""
    chance = random.Random(1)
    live, until = served(), served()
    events = [
        (NOW - 90 + number / 5, number, chance.random(), chance.choice(["orders.get", "billing.x"]))
        for number in range(400)
    ]
    moment = NOW - 40
    for at, number, took, tool in events:
        outcome: Outcome = "error" if number % 7 == 0 else "ok"
        end = replace(finished(number, outcome, duration=took), time=at + took)
        for state in (live, until) if at <= moment else (live,):
            apply(state, started(number, tool, time=at))
            if state is live or at + took <= moment:
                apply(state, end)
    then = state_at(live, moment)
    assert then.calls == until.calls
    assert then.stats.totals(moment) == until.stats.totals(moment)
    for tool in ("orders.get", "billing.x"):
        was, now = until.stats.tool(tool), then.stats.tool(tool)
        assert (now.calls, now.failures) == (was.calls, was.failures)
        assert now.activity.values(moment) == was.activity.values(moment)
        assert sorted(now.durations) == sorted(was.durations)


def test_services_stand_as_their_reloads_left_them() -> None:
    state = served()
    apply(state, replace(reloaded(8), time=NOW - 30))
    apply(state, replace(failed("orders", 8), time=NOW - 20))
    apply(state, replace(reloaded(9), time=NOW - 10))
    seen = [state_at(state, NOW - ago).services["orders"] for ago in (40, 25, 15, 5)]
    assert [(s.generation, s.state) for s in seen] == [
        *((7, "serving"), (8, "serving"), (8, "failed"), (9, "serving"))
    ]
    assert seen[0].loaded_at == 0, "nothing tells when the one before was loaded"
    assert seen[1].loaded_at == NOW - 30
    assert seen[2].error is not None


def test_a_generation_that_nothing_tells_of_is_left_open() -> None:
    state = State()
    restore(state, make_snapshot(calls=(make_view(time=NOW - 500),)))
    assert state_at(state, NOW - 400).services["orders"].generation == 0


def test_what_was_cleared_away_stays_away_when_the_runtime_is_found_again() -> None:
    state = served()
    apply(state, started(1, time=NOW - 9))
    apply(state, finished(1))
    clear_calls(state, now=NOW)
    apply(state, started(2, time=NOW - 1))
    kept = tuple(make_view(number, time=NOW + time) for number, time in ((1, -9), (2, -1), (3, 1)))
    restore(state, make_snapshot(calls=kept))
    assert calls(state) == [2, 3]
    assert state.calls == 3
    restore_calls(state)
    restore(state, make_snapshot(calls=kept))
    assert calls(state) == [1, 2, 3]
