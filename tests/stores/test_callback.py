"""A library user's audit function: given every record, in order, of whatever kind it is."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any

import anyio
import pytest

from calling import DEADLINE
from micro.errors import StoreUnusable
from micro.snapshots import AuditRecord
from micro.stores.callback import AuditCallback, AuditCallbacks
from stores.test_audit import make_record

Problems = list[StoreUnusable]


def made(function: AuditCallback | None) -> tuple[AuditCallbacks, Problems]:
    problems: Problems = []
    return AuditCallbacks(function, problems.append), problems


async def test_a_function_that_takes_its_time_does_not_hold_up_the_loop():
    entered, release = threading.Event(), threading.Event()

    def slow(record: AuditRecord) -> None:
        entered.set()
        assert release.wait(DEADLINE)

    callbacks, _ = made(slow)
    turns = 0
    with callbacks.open():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(callbacks.write, make_record())
            with anyio.fail_after(DEADLINE):
                while not entered.is_set() or turns < 10:
                    turns += 1
                    await anyio.lowlevel.checkpoint()
            release.set()
    assert turns >= 10


@pytest.mark.parametrize("kind", ["sync", "async", "object", "sync that gives an awaitable"])
async def test_every_record_is_with_the_function_in_order_when_write_returns(kind: str):
    seen: list[str] = []

    async def on_loop(record: AuditRecord) -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(record.trace_id)

    class Object:
        async def __call__(self, record: AuditRecord) -> None:
            await on_loop(record)

    functions: dict[str, AuditCallback] = {
        "sync": lambda record: seen.append(record.trace_id),
        "async": on_loop,
        "object": Object(),
        "sync that gives an awaitable": lambda record: on_loop(record),
    }
    callbacks, problems = made(functions[kind])
    with callbacks.open():
        for number in range(5):
            assert await callbacks.write(make_record(number))
            assert len(seen) == number + 1
    assert seen == [f"{number:032x}" for number in range(5)]
    assert not problems


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_function_that_fails_is_told_once_and_again_when_it_works(is_async: bool):
    fails = True

    def sync(record: AuditRecord) -> None:
        if fails:
            raise OSError("no space left")

    async def on_loop(record: AuditRecord) -> None:
        sync(record)

    callbacks, problems = made(on_loop if is_async else sync)
    with callbacks.open():
        assert [await callbacks.write(make_record()) for _ in range(3)] == [False] * 3
        assert [problem.message for problem in problems] == [
            "the audit callback failed: OSError: no space left"
        ]
        fails = False
        assert await callbacks.write(make_record())
    assert problems[-1].message == "the audit callback works again; it failed for 3 records"


async def test_one_record_that_fails_takes_no_other_with_it():
    def picky(record: AuditRecord) -> None:
        if record.tool == "demo.bad":
            raise ValueError(record.tool)

    callbacks, _ = made(picky)
    kept: dict[str, bool] = {}

    async def write(tool: str) -> None:
        kept[tool] = await callbacks.write(make_record(tool=tool))

    with callbacks.open():
        async with anyio.create_task_group() as tasks:
            for tool in ("demo.a", "demo.bad", "demo.b"):
                tasks.start_soon(write, tool)
    assert kept == {"demo.a": True, "demo.bad": False, "demo.b": True}


@pytest.mark.parametrize("is_made_first", [True, False])
async def test_a_coroutine_that_a_cancelled_call_left_is_closed_and_not_warned_of(
    is_made_first: bool,
):
    entered, release = threading.Event(), threading.Event()
    made_of_it: list[Coroutine[Any, Any, None]] = []

    async def nothing() -> None: ...

    def slow(record: AuditRecord) -> Awaitable[None]:
        if is_made_first:
            made_of_it.append(nothing())
        entered.set()
        assert release.wait(DEADLINE)
        if not is_made_first:
            made_of_it.append(nothing())
        return made_of_it[-1]

    callbacks, _ = made(slow)
    with callbacks.open():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(callbacks.write, make_record())
            with anyio.fail_after(DEADLINE):
                while not entered.is_set():
                    await anyio.lowlevel.checkpoint()
            if is_made_first:
                release.set()
            tasks.cancel_scope.cancel()
        release.set()
    assert [inspect.getcoroutinestate(each) for each in made_of_it] == [inspect.CORO_CLOSED]


async def test_where_nobody_wants_records_every_one_counts_as_kept():
    callbacks, _ = made(None)
    with callbacks.open():
        assert await callbacks.write(make_record())
