"""What a tool asks for is put round it once a generation; what asks for nothing costs nothing."""

from __future__ import annotations

import anyio
import pytest
from msgspec.structs import replace

from calling import CALLER, World, break_down, fail, make_tool, ok, until
from micro.errors import MissingScopes, RateLimited, UnknownTool
from micro.gateway.gateway import Gateway
from micro.gateway.rules import Rules
from micro.policies import CircuitBreaker, Concurrency, Policy, RateLimit

READER = replace(CALLER, scopes=("demo:read",))


def test_a_tool_that_asks_for_nothing_has_no_guard():
    (tool, *_) = World().registry.catalogue.tools
    assert tool.guard is None


def test_the_spec_that_is_served_says_what_is_in_force():
    world = World(rules=Rules(scopes={"demo.ok": ("admin",)}))
    tool = world.registry.catalogue.find("demo.ok")
    assert tool is not None
    assert tool.spec.scopes == ("admin",)


async def test_a_list_shows_a_caller_only_what_it_may_call():
    world = World(rules=Rules(scopes={"demo.*": ("demo:write",), "demo.ok": ("demo:read",)}))
    assert [tool.spec.name for tool in world.gateway.tools(READER)] == ["ok"]
    assert len(world.gateway.tools(replace(CALLER, scopes=("demo:*",)))) == 4
    assert world.gateway.tools(replace(CALLER, scopes=())) == ()


async def test_the_list_of_one_set_of_scopes_is_made_once_until_a_reload():
    world = World(rules=Rules(scopes={"demo.ok": ("demo:read",)}))
    first = world.gateway.tools(READER)
    assert world.gateway.tools(READER) is first
    world.serve("more", ok)
    assert [tool.spec.name for tool in world.gateway.tools(READER)][-1] == "ok"
    assert "more" in [tool.spec.name for tool in world.gateway.tools(READER)]


async def test_names_that_a_caller_may_not_call_are_not_suggested():
    world = World(rules=Rules(scopes={"demo.ok": ("admin",)}))
    with pytest.raises(UnknownTool) as caught:
        await world.call("demo_okk")
    assert "demo_ok`" not in caught.value.message


async def test_a_tool_whose_breaker_was_taken_away_gets_no_rest():
    rules = Rules(policies={"demo.down": Policy(breaker=False)})
    world = World(rules=rules)
    world.serve("down", break_down, policy=Policy(breaker=CircuitBreaker(1, 3600)))
    assert await world.verdicts("demo.down", 3) == ["RuntimeError"] * 3


async def test_a_call_that_is_refused_for_its_scopes_takes_no_token():
    rules = Rules(scopes={"demo.ok": ("admin",)}, rate_limit=RateLimit(1, 3600))
    world = World(rules=rules)
    for _ in range(3):
        with pytest.raises(MissingScopes):
            await world.call("demo.ok")
    assert await world.verdicts("demo.fail", 2) == ["tool_error", "rate_limited"]


async def test_a_reload_keeps_what_is_left_of_a_rate_limit():
    world = World(rules=Rules(policies={"demo.ok": Policy(rate_limit=RateLimit(2, 3600))}))
    await world.call("demo.ok")
    world.serve("ok", ok)
    await world.call("demo.ok")
    with pytest.raises(RateLimited):
        await world.call("demo.ok")
    (view,) = world.guards.rates
    assert (view.key, view.remaining) == ("tool demo.ok", 0)


async def test_a_reload_closes_the_breaker_since_the_code_is_another():
    world = World(rules=Rules(policies={"*": Policy(breaker=CircuitBreaker(1))}))
    world.serve("down", make_down())
    assert await world.verdicts("demo.down", 2) == ["exception", "circuit_open"]
    (view,) = world.guards.breakers
    assert (view.tool, view.state, view.failures) == ("demo.down", "open", 1)
    world.serve("down", ok)
    assert await world.verdicts("demo.down", 1) == ["ok"]
    assert world.guards.breakers == ()


async def test_turns_are_kept_over_a_reload_as_calls_of_the_old_code_still_run():
    world = World(rules=Rules(policies={"demo.hang": Policy(concurrency=Concurrency(1, 0))}))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.hang")
        await until(world.bus, lambda: world.events)
        world.serve("hang", ok)
        assert await world.verdicts("demo.hang", 1) == ["queue_full"]
        tasks.cancel_scope.cancel()
    assert await world.verdicts("demo.hang", 1) == ["ok"]


async def test_a_gateway_without_guards_serves_tools_as_they_are():
    world = World()
    gateway = Gateway(world.registry, [])
    world.registry.swap({"demo": [make_tool("fail", fail)]})
    assert (await gateway.call("demo.fail", b"{}", caller=CALLER)).is_error


def make_down():
    from micro.calls import Call, Fault, ToolResult

    async def down(call: Call) -> ToolResult:
        return ToolResult.failed(Fault(kind="exception", message="down"))

    return down
