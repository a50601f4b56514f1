"""When a breaker opens, how many probes it lets through, and when it closes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clocks import Clock
from micro.gateway.limits.breaker import PROBING, Breaker, State, Verdict
from micro.policies import CircuitBreaker


class Desk:
    def __init__(self, **settings: float) -> None:
        self.clock = Clock()
        self.told: list[State] = []
        self.breaker = Breaker(
            CircuitBreaker(**settings), clock=self.clock, tell=lambda s, _: self.told.append(s)
        )

    def call(self, verdict: Verdict) -> bool:
        entered = self.breaker.enter()
        if entered >= 0:
            self.breaker.leave(entered, verdict)
        return entered >= 0


def test_it_opens_after_faults_in_a_row():
    desk = Desk(failures=3)
    for verdict in ("fault", "fault", "ok", "fault", "fault"):
        desk.call(verdict)
    assert desk.breaker.state == "closed"
    desk.call("fault")
    assert desk.breaker.state == "open"
    assert not desk.call("ok")


def test_what_proves_nothing_neither_opens_nor_closes():
    desk = Desk(failures=2)
    for verdict in ("fault", "neither", "neither", "fault"):
        desk.call(verdict)
    assert desk.breaker.state == "open"


def test_after_the_pause_exactly_as_many_probes_come_in():
    desk = Desk(failures=1, pause=10, probes=3)
    desk.call("fault")
    assert desk.breaker.retry_after == pytest.approx(10)
    desk.clock.advance(9.9)
    assert desk.breaker.enter() == -1
    desk.clock.advance(0.1)
    probes = [desk.breaker.enter() for _ in range(10)]
    assert sum(probe >= 0 for probe in probes) == 3
    assert desk.breaker.retry_after == PROBING
    for probe in probes[:3]:
        desk.breaker.leave(probe, "ok")
    assert desk.told == ["open", "half-open", "closed"]
    assert desk.breaker.failures == 0


def test_one_probe_that_fails_opens_it_again():
    desk = Desk(failures=1, pause=10, probes=2)
    desk.call("fault")
    desk.clock.advance(10)
    first, second = desk.breaker.enter(), desk.breaker.enter()
    desk.breaker.leave(first, "fault")
    desk.breaker.leave(second, "ok")
    assert desk.breaker.state == "open"
    desk.clock.advance(9.9)
    assert desk.breaker.enter() == -1


def test_a_probe_that_proves_nothing_makes_room_for_another():
    desk = Desk(failures=1, pause=1)
    desk.call("fault")
    desk.clock.advance(1)
    assert desk.call("neither")
    assert desk.call("ok")
    assert desk.breaker.state == "closed"


def test_a_call_from_before_it_opened_does_not_count_after():
    desk = Desk(failures=1, pause=1)
    late = desk.breaker.enter()
    desk.call("fault")
    desk.clock.advance(1)
    probe = desk.breaker.enter()
    desk.breaker.leave(late, "ok")
    assert desk.breaker.state == "half-open"
    desk.breaker.leave(probe, "ok")
    assert desk.breaker.state == "closed"


class BreakerMachine(RuleBasedStateMachine):
    """However calls overlap: no call in while open, never more probes at once than allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(failures=2, pause=10, probes=2)
        self.running: list[tuple[int, State]] = []

    @rule()
    def enter(self) -> None:
        before = self.desk.breaker.state
        opened = before == "open"
        entered = self.desk.breaker.enter()
        if entered >= 0:
            assert not opened or self.desk.breaker.state == "half-open"
            self.running.append((entered, self.desk.breaker.state))
        else:
            assert self.desk.breaker.state != "closed"

    @precondition(lambda self: self.running)
    @rule(data=st.data(), verdict=st.sampled_from(["ok", "fault", "neither"]))
    def leave(self, data: st.DataObject, verdict: Verdict) -> None:
        index = data.draw(st.integers(0, len(self.running) - 1))
        self.desk.breaker.leave(self.running.pop(index)[0], verdict)

    @rule(seconds=st.sampled_from([1.0, 9.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.desk.clock.advance(seconds)

    @invariant()
    def probes_are_bounded(self) -> None:
        newest = max((entered for entered, _ in self.running), default=-1)
        if self.desk.breaker.state == "half-open":
            probes = [e for e, state in self.running if state == "half-open" and e == newest]
            assert len(probes) <= 2

    @invariant()
    def states_follow_each_other(self) -> None:
        allowed = {("closed", "open"), ("open", "half-open")}
        allowed |= {("half-open", "open"), ("half-open", "closed")}
        told: list[State] = ["closed", *self.desk.told]
        assert set(pairwise(told)) <= allowed


BreakerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
test_the_breaker_holds_whatever_the_order = BreakerMachine.TestCase
