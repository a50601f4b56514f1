"""A bucket lets through exactly as much as its limit says, whoever asks and whenever."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clocks import Clock
from micro.gateway.limits import buckets as module
from micro.gateway.limits.buckets import Buckets, Grant
from micro.policies import RateLimit

LIMITS = st.builds(
    RateLimit, st.integers(1, 50), st.sampled_from([0.1, 1.0, 60.0]), st.integers(0, 30)
)


async def taken(buckets: Buckets, limit: RateLimit, key: str = "k") -> Grant:
    return buckets.take([(key, limit)])


async def test_a_burst_is_let_through_and_then_the_rate():
    clock = Clock()
    buckets, limit = Buckets(clock.nanoseconds), RateLimit(10, burst=3)
    assert [(await taken(buckets, limit)).remaining for _ in range(3)] == [2, 1, 0]
    refused = await taken(buckets, limit)
    assert (refused.short, refused.retry_after) == ("k", pytest.approx(0.1))
    clock.advance(refused.retry_after)
    assert not (await taken(buckets, limit)).short
    assert (await taken(buckets, limit)).short


async def test_a_bucket_fills_up_again_and_not_further():
    clock = Clock()
    buckets, limit = Buckets(clock.nanoseconds), RateLimit(10, burst=3)
    for _ in range(3):
        await taken(buckets, limit)
    clock.advance(3600)
    assert (await taken(buckets, limit)).remaining == 2


@given(LIMITS, st.lists(st.floats(0, 2.0), max_size=60))
def test_no_time_ever_sees_more_than_burst_and_rate(limit: RateLimit, pauses: list[float]):
    async def run() -> None:
        clock, granted = Clock(), list[int]()
        buckets = Buckets(clock.nanoseconds)
        for pause in pauses:
            clock.advance(pause)
            if not (await taken(buckets, limit)).short:
                granted.append(clock.ns)
        for first, start in enumerate(granted):
            for count, end in enumerate(granted[first:], 1):
                seconds = (end - start) / 1_000_000_000
                assert count <= limit.capacity + seconds * limit.calls / limit.period + 1e-6

    anyio.run(run)


@given(LIMITS, st.lists(st.floats(0, 2.0), max_size=40))
def test_waiting_as_long_as_told_is_enough_and_less_is_not(limit: RateLimit, pauses: list[float]):
    async def run() -> None:
        clock = Clock()
        buckets = Buckets(clock.nanoseconds)
        for pause in pauses:
            clock.advance(pause)
            grant = await taken(buckets, limit)
            if grant.short:
                wait = round(grant.retry_after * 1_000_000_000)
                clock.ns += wait - 1
                assert (await taken(buckets, limit)).short
                clock.ns += 1
                assert not (await taken(buckets, limit)).short

    anyio.run(run)


async def test_many_at_once_get_exactly_the_burst():
    buckets, limit = Buckets(Clock().nanoseconds), RateLimit(1, 3600, 25)
    granted: list[bool] = []

    async def ask() -> None:
        await anyio.lowlevel.checkpoint()
        granted.append(not (await taken(buckets, limit)).short)

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(ask)
    assert sum(granted) == 25


async def test_a_call_takes_from_all_its_buckets_or_from_none():
    buckets = Buckets(Clock().nanoseconds)
    wide, tight = ("wide", RateLimit(1, 3600, 10)), ("tight", RateLimit(1, 3600, 2))
    outcomes = [buckets.take([wide, tight]).short for _ in range(5)]
    assert outcomes == ["", "", "tight", "tight", "tight"]
    assert buckets.take([wide]).remaining == 7


async def test_another_limit_is_another_bucket():
    buckets = Buckets(Clock().nanoseconds)
    await taken(buckets, RateLimit(1))
    assert (await taken(buckets, RateLimit(5))).remaining == 4


async def test_only_buckets_that_are_in_use_are_shown():
    clock = Clock()
    buckets = Buckets(clock.nanoseconds)
    await taken(buckets, RateLimit(2), "a")
    clock.advance(10)
    await taken(buckets, RateLimit(5), "b")
    (view,) = buckets.views()
    assert (view.key, view.limit, view.remaining) == ("b", "5/s", 4)


async def test_full_buckets_are_forgotten_once_there_are_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT", 10)
    clock, limit = Clock(), RateLimit(1, 1.0, 2)
    buckets = Buckets(clock.nanoseconds)
    for number in range(10):
        await taken(buckets, limit, f"old {number}")
    clock.advance(0.5)
    await taken(buckets, limit, "new")
    assert len(buckets.views()) == 11  # none of them was full: none could be forgotten
    clock.advance(0.6)
    await taken(buckets, limit, "newest")
    assert {view.key for view in buckets.views()} == {"new", "newest"}
