"""What was answered before is answered again: to the same caller, for the same arguments."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calling import CALLER, World, text_result
from micro.calls import Call, Fault, ToolResult
from micro.gateway.rules import Rules
from micro.gateway.stages import cache as module
from micro.policies import CircuitBreaker, Policy

READS = {"readOnlyHint": True}


class Counter:
    """A tool whose every run answers something else."""

    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self, call: Call) -> ToolResult:
        self.runs += 1
        if b"fail" in call.arguments:
            return ToolResult.failed(Fault(kind="exception", message="no"))
        return text_result(f"run {self.runs}", phases=(("run", 0.0, 0.1),))


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def world(counter: Counter) -> World:
    world = World()
    world.serve("count", counter, annotations=READS, policy=Policy(cache=30.0))
    return world


async def test_the_same_call_is_answered_again_with_a_trace_of_its_own(world: World):
    first, second = await world.call("demo.count"), await world.call("demo.count")
    assert (first.text, second.text) == ("run 1", "run 1")
    assert (first.meta, second.meta) == ({}, {"micro/cached": True})
    assert first.trace_id != second.trace_id
    assert len(world.records) == 2


async def test_an_answer_is_given_again_for_its_time_only(world: World):
    await world.call("demo.count")
    world.clock.advance(29.9)
    assert (await world.call("demo.count")).text == "run 1"
    world.clock.advance(0.2)
    assert (await world.call("demo.count")).text == "run 2"
    world.clock.advance(29.9)
    assert (await world.call("demo.count")).text == "run 2"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (b'{"a":1,"b":2}', b'{ "b": 2, "a": 1 }', True),
        (b'{"a":1}', b'{"a":2}', False),
        (b'{"a":1}', b'{"a":"1"}', False),
        (b'{"a":1}', b'{"a":1.0}', False),
        (b'{"a":0.1}', b'{"a":0.10}', False),
        (b'{"a":1}', b'{"a":true}', False),
        (b'{"a":12345678901234567890123}', b'{"a":12345678901234567890124}', False),
    ],
)
async def test_arguments_that_mean_the_same_are_the_same(
    world: World, first: bytes, second: bytes, same: bool
):
    before, after = await world.call("demo.count", first), await world.call("demo.count", second)
    assert (before.text == after.text) is same


@pytest.mark.parametrize("other", [{"subject": "bob"}, {"scopes": ("a",)}])
async def test_nobody_gets_what_another_was_answered(world: World, other: dict[str, object]):
    await world.call("demo.count")
    result = await world.call("demo.count", caller=replace(CALLER, **other))
    assert result.text == "run 2"


async def test_a_failure_is_not_kept(world: World, counter: Counter):
    for _ in range(2):
        await world.call("demo.count", b'{"fail": 1}')
    assert counter.runs == 2


async def test_a_reload_forgets_answers(world: World, counter: Counter):
    await world.call("demo.count")
    world.serve("count", counter, annotations=READS, policy=Policy(cache=30.0))
    assert (await world.call("demo.count")).text == "run 2"


async def test_the_oldest_answers_are_forgotten(
    world: World, counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "KEPT", 2)
    for number in (1, 2, 3, 1):
        await world.call("demo.count", b'{"n": %d}' % number)
    assert counter.runs == 4


async def test_a_large_answer_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LARGEST", 3)
    await world.call("demo.count")
    assert (await world.call("demo.count")).text == "run 2"


async def test_what_was_answered_is_given_while_the_tool_rests(counter: Counter):
    policy = Policy(cache=30.0, breaker=CircuitBreaker(1))
    world = World(rules=Rules(policies={"demo.count": policy}))
    world.serve("count", counter, annotations=READS)
    await world.call("demo.count")
    assert (await world.call("demo.count", b'{"fail": 1}')).is_error
    assert (await world.call("demo.count")).text == "run 1"
    assert await world.verdicts("demo.count", 1, arguments=b'{"n": 2}') == ["circuit_open"]
