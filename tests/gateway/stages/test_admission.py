"""How many calls the whole gateway runs at the same time."""

from __future__ import annotations

import anyio
import pytest
from msgspec.structs import replace

from calling import CALLER, DEADLINE, make_call, text_result
from micro.calls import Call, ToolResult
from micro.errors import Overloaded
from micro.gateway.stages.admission import Admission


class Held:
    """What runs until it is let go, and counts how many do."""

    def __init__(self) -> None:
        self.running = 0
        self.release = anyio.Event()
        self.full = anyio.Event()

    async def __call__(self, call: Call) -> ToolResult:
        self.running += 1
        if self.running == 3:
            self.full.set()
        await self.release.wait()
        self.running -= 1
        return text_result("done")


async def test_one_call_more_than_may_run_is_refused_and_told_when_to_come_back():
    stage, held = Admission(3), Held()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for number in range(3):
                tasks.start_soon(stage, make_call(number + 1), held)
            await held.full.wait()
            with pytest.raises(Overloaded) as caught:
                await stage(make_call(4), held)
            assert caught.value.details == {
                "kind": "overloaded",
                "retryable": True,
                "retry_after": 1.0,
            }
            held.release.set()
    assert (await stage(make_call(5), held)).text == "done"


async def test_a_call_that_fails_or_is_cancelled_makes_room():
    stage, held = Admission(1), Held()

    async def broken(call: Call) -> ToolResult:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await stage(make_call(), broken)
    with anyio.move_on_after(0):
        await stage(make_call(), held)
    held.release.set()
    assert (await stage(make_call(), held)).text == "done"


async def test_what_a_tool_calls_is_let_through_although_the_gateway_is_full():
    stage = Admission(1)
    inner = make_call(2, caller=replace(CALLER, door="service"))

    async def outer(call: Call) -> ToolResult:
        return await stage(inner, lambda call: finished())

    async def finished() -> ToolResult:
        return text_result("inner")

    assert (await stage(make_call(), outer)).text == "inner"
