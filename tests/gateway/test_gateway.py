"""The one door in: what is resolved, in which order stages run, what is refused."""

from __future__ import annotations

import anyio
import pytest
from msgspec.structs import replace

from calling import CALLER, World, make_tool, ok
from micro.calls import Call, CallNext, Stage, ToolResult
from micro.errors import Refused, UnknownTool
from micro.events import CallFinished, CallStarted
from micro.gateway.gateway import NAME_LIMIT, Gateway

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def ring(name: str, order: list[str]) -> Stage:
    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        order.append(f"{name} in")
        result = await call_next(replace(call, name=f"{call.name}>{name}"))
        order.append(f"{name} out")
        return result

    return stage


@pytest.mark.parametrize("name", ["demo.ok", "demo_ok"])
async def test_a_tool_is_called_by_its_canonical_name_and_by_its_wire_name(name: str):
    world = World()
    result = await world.call(name)
    assert (result.text, result.generation) == ("fine", 3)
    assert world.of_kind(CallStarted)[0].tool == "demo.ok"


async def test_stages_run_outermost_first_and_end_in_reverse():
    world, order = World(), list[str]()
    seen: list[str] = []

    async def innermost(call: Call) -> ToolResult:
        seen.append(call.name)
        return await ok(call)

    world.registry.swap({"demo": [make_tool("ok", innermost)]})
    gateway = world.with_stages([ring("a", order), ring("b", order)])
    await gateway.call("demo.ok", b"{}", caller=CALLER)
    assert order == ["a in", "b in", "b out", "a out"]
    assert seen == ["demo.ok>a>b"]


async def test_the_trace_of_the_caller_goes_on_and_comes_back():
    world = World()
    result = await world.call("demo.ok", traceparent=f"00-{TRACE}-{SPAN}-01")
    assert result.trace_id == TRACE
    assert world.of_kind(CallStarted)[0].trace_id == TRACE
    assert world.records[0].trace_id == TRACE


async def test_a_call_without_a_trace_gets_one_of_its_own():
    world = World()
    first, second = await world.call("demo.ok"), await world.call("demo.ok", traceparent="junk")
    assert len({first.trace_id, second.trace_id} - {""}) == 2


async def test_calls_are_counted_from_one():
    world = World()
    for _ in range(3):
        await world.call("demo.ok")
    assert [event.call for event in world.of_kind(CallStarted)] == [1, 2, 3]


async def test_an_unknown_tool_is_refused_with_the_nearest_name_and_its_trace():
    world = World()
    with pytest.raises(UnknownTool, match="Did you mean `demo_fail`") as caught:
        await world.call("demo_fial", traceparent=f"00-{TRACE}-{SPAN}-01")
    assert caught.value.trace_id == TRACE
    assert caught.value.mend


async def test_a_refusal_is_traced_once_and_audited_once():
    world = World()
    with pytest.raises(Refused):
        await world.call("nowhere")
    assert [event.outcome for event in world.of_kind(CallFinished)] == ["refused"]
    (record,) = world.records
    assert (record.outcome, record.reason, record.tool) == ("refused", "unknown_tool", "nowhere")
    assert (record.service, record.generation) == ("", 0)


async def test_a_name_that_a_client_makes_up_is_kept_short():
    world = World()
    with pytest.raises(UnknownTool) as caught:
        await world.call("x" * 1_000_000)
    assert len(world.records[0].tool) == NAME_LIMIT
    assert len(world.of_kind(CallStarted)[0].tool) == NAME_LIMIT
    assert len(str(caught.value)) < NAME_LIMIT


async def test_a_name_that_is_not_known_yet_waits_for_what_was_saved():
    world = World()

    async def load() -> None:
        await anyio.lowlevel.checkpoint()
        world.registry.swap({"late": [make_tool("ok", ok, service="late")]})

    gateway = Gateway(world.registry, [], catch_up=load)
    assert (await gateway.call("late.ok", b"{}", caller=CALLER)).text == "fine"


async def test_a_list_waits_for_what_was_saved():
    world = World()

    async def load() -> None:
        world.registry.swap({"demo": None})

    gateway = Gateway(world.registry, [], catch_up=load)
    assert len(gateway.tools(CALLER)) == 4
    assert await gateway.list_tools(CALLER) == ()


async def test_a_call_ends_in_the_code_it_began_in_although_the_tool_is_swapped():
    world, entered, release = World(), anyio.Event(), anyio.Event()
    texts: list[str] = []

    async def wait(call: Call) -> ToolResult:
        entered.set()
        await release.wait()
        return await ok(call)

    async def call() -> None:
        texts.append((await world.call("demo.ok")).text)

    world.registry.swap({"demo": [make_tool("ok", wait)]})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await entered.wait()
        world.registry.swap({"demo": None})
        release.set()
    assert texts == ["fine"]
