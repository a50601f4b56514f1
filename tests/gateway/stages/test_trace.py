"""Every call is told to begin and to end, however it ends."""

from __future__ import annotations

import anyio
import pytest

from calling import World, until
from micro.calls import Fault
from micro.errors import Refused
from micro.events import PREVIEW_SIZE, CallFinished, CallStarted
from micro.gateway.stages.trace import said_of


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


TRACEBACK = """Traceback (most recent call last):
  File "orders.py", line 3, in create
    raise OutOfStock("A-113 is gone\\nsee the shelf")
OutOfStock: A-113 is gone
see the shelf"""
CAUSE = "\n\nThe above exception was the direct cause of the following exception:\n\n"


@pytest.mark.parametrize(
    ("traceback", "said"),
    [
        (TRACEBACK, "OutOfStock: A-113 is gone"),
        ("ValueError: no frames", "ValueError: no frames"),
        (TRACEBACK + CAUSE + TRACEBACK.replace("OutOf", "shop.No"), "shop.NoStock: A-113 is gone"),
    ],
)
def test_of_an_exception_the_line_that_names_it_is_told(traceback: str, said: str):
    assert said_of(Fault(kind="exception", message="failed", traceback=traceback)) == said


def test_what_a_client_was_told_is_told_without_its_heading():
    wrong = "orders.create: 2 problems with the arguments.\n- `qty` is 0; allowed: ≥ 1\n- `sku` …"
    assert said_of(Fault(kind="bad_arguments", message=wrong)) == "`qty` is 0; allowed: ≥ 1"
    assert said_of(Fault(kind="tool_error", message="no such order\nmore")) == "no such order"
    assert not said_of(Fault(kind="timeout", message="orders.create took longer than 1 s"))


async def test_the_end_of_a_call_says_what_its_code_said_and_the_ledger_keeps_it():
    world = World()
    await world.call("demo.fail", b"{}")
    (finished,), detail = world.of_kind(CallFinished), world.ledger.detail(1)
    assert finished.said
    assert detail is not None
    assert detail.view.said == finished.said
