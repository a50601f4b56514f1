"""Every call is told to begin and to end, however it ends."""

from __future__ import annotations

import anyio
import pytest

from calling import World, until
from micro.errors import Refused
from micro.events import PREVIEW_SIZE, CallFinished, CallStarted


@pytest.mark.parametrize(
    ("tool", "outcome", "reason", "generation"),
    [
        ("demo.ok", "ok", "", 3),
        ("demo.fail", "error", "tool_error", 3),
        ("demo.break", "error", "RuntimeError", 0),
        ("demo.none", "refused", "unknown_tool", 0),
    ],
)
async def test_a_call_is_told_to_end_with_its_outcome(
    tool: str, outcome: str, reason: str, generation: int
):
    world = World()
    try:
        await world.call(tool)
    except Refused:
        assert outcome == "refused"
    (started,), (finished,) = world.of_kind(CallStarted), world.of_kind(CallFinished)
    assert started.call == finished.call
    assert (finished.outcome, finished.reason) == (outcome, reason)
    assert finished.generation == generation
    assert finished.duration > 0


async def test_a_cancelled_call_is_told_to_be_cancelled():
    world = World()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.hang")
        await until(world.bus, lambda: world.events)
        tasks.cancel_scope.cancel()
    assert [event.outcome for event in world.of_kind(CallFinished)] == ["cancelled"]


async def test_the_beginning_says_who_calls_what_by_which_door():
    world = World()
    await world.call("demo_ok", b'{"n": 1}')
    (started,) = world.of_kind(CallStarted)
    assert (started.tool, started.door, started.client) == ("demo.ok", "memory", "tests")
    assert (started.subject, started.arguments) == ("ada", '{"n": 1}')


@pytest.mark.parametrize("arguments", ["é" * 10_000, "🦊" * 10_000, "x" * 10_000])
async def test_long_arguments_are_clipped_by_characters(arguments: str):
    world = World()
    await world.call("demo.ok", arguments.encode())
    assert world.of_kind(CallStarted)[0].arguments == arguments[:PREVIEW_SIZE]


async def test_arguments_that_are_no_text_do_no_harm():
    world = World()
    await world.call("demo.ok", b"\xff\xfe")
    assert world.of_kind(CallStarted)[0].arguments == "\ufffd\ufffd"


async def test_the_ledger_keeps_what_the_events_leave_out():
    world = World()
    await world.call("demo.fail", b'{"sku": "tea"}')
    detail = world.ledger.detail(1)
    assert detail is not None
    assert (detail.arguments, detail.traceback) == ('{"sku": "tea"}', "shop.py line 3")
    assert "the stock is empty" in detail.result
