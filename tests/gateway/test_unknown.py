"""What becomes of calls of tools that are not there, or not any more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calling import CALLER, World, make_tool, ok
from micro.calls import Tool
from micro.errors import UnknownTool
from micro.registry.registry import REMOVED

SCOPED = replace(CALLER, scopes=("a",))


def without(world: World, name: str) -> list[Tool]:
    return [tool for tool in world.registry.catalogue.tools if tool.spec.name != name]


async def test_a_removed_tool_is_a_tool_error_to_who_could_call_it():
    world = World()
    world.serve("private", ok, scopes=("b",))
    world.registry.swap({"demo": [make_tool("late", ok, scopes=("a",))]})
    for name in ("demo.ok", "demo_ok", "demo_ok"):
        result = await world.call(name, caller=SCOPED)
        assert result.fault is not None
        assert result.fault.kind == "gone"
        assert result.text == "The tool demo_ok was removed. There are: demo_late."
    with pytest.raises(UnknownTool):
        await world.call("demo.private", caller=SCOPED)
    with pytest.raises(UnknownTool):
        await world.call("demo.never", caller=SCOPED)
    assert [record.outcome for record in world.records][:3] == ["error"] * 3


async def test_a_removed_tool_that_comes_back_is_called_again():
    world = World()
    kept = without(world, "ok")
    world.registry.swap({"demo": kept})
    assert (await world.call("demo.ok")).is_error
    world.registry.swap({"demo": [*kept, make_tool("ok", ok)]})
    assert (await world.call("demo.ok")).text == "fine"
    world.registry.swap({"demo": None})
    assert (await world.call("demo.ok")).is_error


async def test_only_so_many_removed_tools_are_remembered():
    world = World()
    for number in range(REMOVED):
        world.registry.swap({"many": [make_tool(f"t{number}", ok, service="many")]})
    assert world.registry.removed("many.t0") is None
    assert world.registry.removed(f"many.t{REMOVED - 2}") is not None
