"""A call that takes too long is answered, and cancelled where it runs."""

from __future__ import annotations

from time import monotonic

import anyio
import pytest

from calling import World, hang, make_call, ok
from micro.calls import Call, ToolResult
from micro.gateway.rules import Rules
from micro.gateway.stages.deadline import asked_deadline, deadline
from micro.policies import Policy


async def test_code_that_does_not_keep_its_deadline_is_cancelled_and_answered_for():
    cancelled = anyio.Event()

    async def stubborn(call: Call) -> ToolResult:
        try:
            await anyio.sleep_forever()
        except BaseException:
            cancelled.set()
            raise
        raise AssertionError

    result = await deadline(0.01, grace=0.01)(make_call(), stubborn)
    assert result.fault is not None
    assert (result.fault.kind, result.fault.retryable) == ("timeout", True)
    assert "It may have done part of its work" in result.text
    assert cancelled.is_set()


async def test_the_code_is_told_its_deadline_and_an_earlier_one_is_kept():
    seen: list[float] = []

    async def look(call: Call) -> ToolResult:
        assert call.deadline is not None
        seen.append(call.deadline - monotonic())
        return await ok(call)

    await deadline(100)(make_call(), look)
    await deadline(100)(make_call(deadline=monotonic() + 5), look)
    assert 99 < seen[0] <= 100
    assert 4 < seen[1] <= 5


async def test_a_deadline_that_passed_before_the_call_still_ends_it():
    async def forever(call: Call) -> ToolResult:
        await anyio.sleep_forever()
        raise AssertionError

    result = await deadline(100, grace=0)(make_call(deadline=monotonic() - 1), forever)
    assert result.fault is not None


async def test_a_timeout_is_recorded_as_one():
    world = World(rules=Rules(policies={"demo.hang": Policy(timeout=0.01)}))
    assert await world.verdicts("demo.hang", 1) == ["timeout"]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (1500, 1.5),
        (0.5, 0.0005),
        (0, None),
        (-5, None),
        ("5", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**12, None),
    ],
)
def test_a_caller_says_in_milliseconds_how_long_it_waits(given: object, seconds: float | None):
    before = monotonic()
    found = asked_deadline(given)
    assert (found is None) is (seconds is None)
    if found is not None and seconds is not None:
        assert before + seconds <= found <= monotonic() + seconds


async def test_a_caller_that_waits_less_than_the_tool_may_take_is_answered_then():
    world = World()
    world.serve("patient", hang, policy=Policy(timeout=3600))
    for tool in ("demo.hang", "demo.patient"):
        result = await world.call(tool, deadline=monotonic() + 0.01)
        assert result.fault is not None
        assert result.fault.kind == "timeout"
