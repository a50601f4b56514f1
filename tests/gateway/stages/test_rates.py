"""Calls are let through as often as the limits say, and the rest are told when to come again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calling import CALLER, World
from micro.errors import RateLimited
from micro.gateway.rules import Rules
from micro.gateway.stages.rates import REMAINING_KEY
from micro.policies import Policy, RateLimit

TOOL = Rules(policies={"demo.ok": Policy(rate_limit=RateLimit(10, burst=2))})


async def test_a_result_says_how_many_calls_are_left():
    world = World(rules=TOOL)
    assert (await world.call("demo.ok")).meta[REMAINING_KEY] == 1


async def test_a_refusal_says_when_to_call_again_and_then_it_is_let_through():
    world = World(rules=TOOL)
    assert await world.verdicts("demo.ok", 3) == ["ok", "ok", "rate_limited"]
    with pytest.raises(RateLimited, match=r"tool demo.ok \(10/s burst 2\)") as caught:
        await world.call("demo.ok")
    assert caught.value.retryable
    assert caught.value.retry_after == pytest.approx(0.1)
    assert caught.value.mend == "call again in 0.1 s"
    world.clock.advance(caught.value.retry_after)
    assert await world.verdicts("demo.ok", 1) == ["ok"]


async def test_each_subject_has_its_own_bucket():
    world = World(rules=Rules(subject_rate_limit=RateLimit(1, 60)))
    bob = replace(CALLER, subject="bob")
    assert await world.verdicts("demo.ok", 2) == ["ok", "rate_limited"]
    assert await world.verdicts("demo.fail", 1) == ["rate_limited"]
    assert await world.verdicts("demo.ok", 2, caller=bob) == ["ok", "rate_limited"]


async def test_the_limit_of_all_calls_holds_over_tools_and_subjects():
    world = World(rules=Rules(rate_limit=RateLimit(2, 60)))
    bob = replace(CALLER, subject="bob")
    assert await world.verdicts("demo.ok", 1) == ["ok"]
    assert await world.verdicts("demo.fail", 1, caller=bob) == ["tool_error"]
    assert await world.verdicts("demo.ok", 1, caller=bob) == ["rate_limited"]


async def test_other_tools_are_not_limited_by_one_tools_limit():
    world = World(rules=TOOL)
    await world.verdicts("demo.ok", 3)
    assert await world.verdicts("demo.fail", 3) == ["tool_error"] * 3
