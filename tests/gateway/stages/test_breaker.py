"""Only faults of the service rest a tool; everybody is told of its states."""

from __future__ import annotations

from typing import Any

import pytest

from calling import World, ok
from micro.calls import Call, Fault, ToolResult
from micro.errors import CircuitOpen
from micro.events import BreakerChanged
from micro.gateway.rules import Rules
from micro.policies import CircuitBreaker, Policy

RULES = Rules(policies={"*": Policy(breaker=CircuitBreaker(2, pause=10))})


def failing(kind: Any) -> Any:
    async def run(call: Call) -> ToolResult:
        return ToolResult.failed(Fault(kind=kind, message="no"))

    return run


@pytest.mark.parametrize("kind", ["exception", "bad_result", "host_lost", "timeout"])
async def test_faults_of_the_service_open_it(kind: str):
    world = World(rules=RULES)
    world.serve("down", failing(kind))
    assert await world.verdicts("demo.down", 4) == [kind, kind, "circuit_open", "circuit_open"]


@pytest.mark.parametrize("kind", ["bad_arguments", "tool_error", "gone"])
async def test_what_is_not_the_services_fault_does_not(kind: str):
    world = World(rules=RULES)
    world.serve("picky", failing(kind))
    assert await world.verdicts("demo.picky", 5) == [kind] * 5


async def test_an_exception_of_the_gateway_does_not():
    world = World(rules=RULES)
    assert await world.verdicts("demo.break", 4) == ["RuntimeError"] * 4


async def test_the_refusal_says_when_it_is_tried_again_and_the_bus_hears_of_every_state():
    world = World(rules=RULES)
    outcome = ["exception"]

    async def run(call: Call) -> ToolResult:
        return await (failing("exception") if outcome else ok)(call)

    world.serve("down", run)
    await world.verdicts("demo.down", 2)
    with pytest.raises(CircuitOpen, match="failed 2 times in a row") as caught:
        await world.call("demo.down")
    assert caught.value.retry_after == pytest.approx(10)
    outcome.clear()
    world.clock.advance(10)
    assert await world.verdicts("demo.down", 2) == ["ok", "ok"]
    told = [(event.tool, event.state, event.failures) for event in world.of_kind(BreakerChanged)]
    assert told == [
        ("demo.down", "open", 2),
        ("demo.down", "half-open", 2),
        ("demo.down", "closed", 0),
    ]


async def test_one_tools_faults_rest_no_other():
    world = World(rules=RULES)
    world.serve("down", failing("exception"))
    await world.verdicts("demo.down", 3)
    assert await world.verdicts("demo.ok", 1) == ["ok"]
