"""So many calls run at a time, the next wait in order, and the rest are told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

import anyio
import pytest

from calling import DEADLINE, make_call, text_result
from micro.calls import Call, ToolResult
from micro.errors import QueueFull
from micro.gateway.stages.concurrency import Turns
from micro.policies import Concurrency


@dataclass
class Room:
    turns: Turns
    inside: list[int] = field(default_factory=list[int])
    most: int = 0
    done: list[int] = field(default_factory=list[int])
    refused: list[int] = field(default_factory=list[int])
    leave: anyio.Event = field(default_factory=anyio.Event)
    changed: anyio.Event = field(default_factory=anyio.Event)
    results: list[ToolResult] = field(default_factory=list[ToolResult])

    async def work(self, call: Call) -> ToolResult:
        self.inside.append(call.id)
        self.most = max(self.most, len(self.inside))
        self.tell()
        try:
            await self.leave.wait()
        finally:
            self.inside.remove(call.id)
        self.done.append(call.id)
        return text_result("done", phases=(("run", 0.0, 0.1),))

    async def call(self, number: int) -> None:
        try:
            self.results.append(await self.turns(make_call(number), self.work))
        except QueueFull:
            self.refused.append(number)
        self.tell()

    def tell(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()

    async def until(self, inside: int, refused: int = 0) -> None:
        with anyio.fail_after(DEADLINE):
            while (len(self.inside), len(self.refused)) != (inside, refused):
                await self.changed.wait()


async def test_as_many_as_may_run_run_then_wait_in_order_then_are_refused():
    room = Room(Turns(Concurrency(2, queue=3)))
    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(room.call, number)
        await room.until(inside=2, refused=3)
        room.leave.set()
    assert room.most == 2
    assert room.refused == [5, 6, 7]
    assert room.done == [0, 1, 2, 3, 4]


async def test_a_call_that_waited_says_so_in_its_phases():
    room = Room(Turns(Concurrency(1)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.call, 1)
        tasks.start_soon(room.call, 2)
        await room.until(inside=1)
        room.leave.set()
    assert [[name for name, _, _ in result.phases] for result in room.results] == [
        ["run"],
        ["queue", "run"],
    ]


async def test_calls_that_are_cancelled_make_room():
    room = Room(Turns(Concurrency(1, queue=1)))
    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(room.call, number)
        await room.until(inside=1)
        tasks.cancel_scope.cancel()
    room.leave.set()
    await room.call(9)
    assert room.done == [9]


async def test_a_call_does_not_wait_beyond_its_deadline():
    room = Room(Turns(Concurrency(1)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(room.call, 1)
        await room.until(inside=1)
        with pytest.raises(QueueFull, match="before its deadline") as caught:
            await room.turns(make_call(2, deadline=monotonic() + 0.01), room.work)
        assert caught.value.retry_after == 1.0
        room.leave.set()
    assert room.done == [1]
