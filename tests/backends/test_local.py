from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from micro.calls import ToolResult
from micro.errors import ToolError
from micro.services.service import Service
from patience import DEADLINE
from services.harness import TRACE, answer, call_of, local, only_tool


async def test_async_and_sync_tools_give_the_same():
    async def on_loop(a: int, b: int) -> int:
        return a + b

    def in_thread(a: int, b: int) -> int:
        return a + b

    for function in (on_loop, in_thread):
        result = await answer(function, {"a": 1, "b": 2})
        assert (result.structured, result.text) == (b'{"result":3}', "3")
        assert result.generation == 3


async def test_a_sync_tool_runs_beside_the_loop_with_the_callers_context():
    variable = contextvars.ContextVar("variable", default="unset")

    def where() -> list[str]:
        return [variable.get(), str(threading.current_thread() is threading.main_thread())]

    variable.set("set")
    assert (await answer(where)).structured == b'{"result":["set","False"]}'


async def test_a_sync_function_may_give_something_to_await():
    async def later() -> int:
        return 5

    def now() -> int:
        return later()

    assert (await answer(now)).text == "5"


async def test_sync_tools_block_neither_the_loop_nor_each_other():
    service = Service("demo")
    gate = threading.Barrier(3)

    @service.tool
    def meet() -> int:
        return gate.wait(DEADLINE)

    (tool,) = local(service).tools
    places: list[str] = []

    async def run() -> None:
        places.append((await tool.run(call_of())).text)

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(run)
    assert sorted(places) == ["0", "1", "2"]


async def test_phases_follow_each_other_and_name_the_one_that_failed():
    async def half(n: int) -> int:
        if n:
            raise KeyError(n)
        return n

    good = await answer(half, {"n": 0})
    wrong = await answer(half, {"n": "x"})
    raised = await answer(half, {"n": 1})

    assert [name for name, _, _ in good.phases] == ["arguments", "run", "result"]
    assert [name for name, _, _ in wrong.phases] == ["arguments"]
    assert [name for name, _, _ in raised.phases] == ["arguments", "run"]
    ends = [start + duration for _, start, duration in good.phases]
    first, *others = [start for _, start, _ in good.phases]
    assert first > 0
    assert others == pytest.approx(ends[:-1])
    assert all(duration >= 0 for _, _, duration in good.phases)


async def test_bad_arguments_never_reach_the_tool():
    async def explode(n: int) -> None:
        raise AssertionError("ran")

    result = await answer(explode, {"m": 1})

    assert result.fault is not None
    assert result.fault.kind == "bad_arguments"
    assert result.is_error
    assert "`n` is missing" in result.text


async def test_a_tool_error_reaches_the_client_in_the_tools_own_words():
    def buy() -> None:
        raise ToolError("out of stock: try again on Monday", retryable=True)

    result = await answer(buy)

    assert result.fault is not None
    assert result.text == "out of stock: try again on Monday"
    assert (result.fault.kind, result.fault.retryable) == ("tool_error", True)


async def test_any_other_exception_gives_the_client_a_safe_text_with_the_trace_id():
    def buy() -> None:
        raise RuntimeError("password=hunter2 at /home/ada")

    result = await answer(buy)

    assert result.fault is not None
    assert result.fault.kind == "exception"
    assert f"demo.buy failed unexpectedly (trace {TRACE})" in result.text
    assert "hunter2" not in result.text
    assert "hunter2" in result.fault.traceback


@pytest.mark.parametrize(
    "error", [SystemExit(3), StopIteration(1), RecursionError(), MemoryError()]
)
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_nothing_that_a_tool_raises_comes_out(kind: str, error: BaseException):
    def sync_tool() -> None:
        raise error

    async def async_tool() -> None:
        raise error

    result = await answer(sync_tool if kind == "sync" else async_tool)

    assert result.fault is not None
    assert result.fault.kind == "exception"


async def test_words_that_utf8_cannot_carry_are_spelt_out():
    def told() -> None:
        raise ToolError("no file \udcff")

    def raised() -> None:
        raise OSError("no file \udcff")

    for function in (told, raised):
        result = await answer(function)
        assert result.fault is not None
        assert r"no file \udcff" in result.fault.traceback
        assert result.fault.traceback.encode()
        assert result.text.encode()


async def test_sys_exit_in_a_tool_ends_that_call_alone():
    def leave() -> None:
        sys.exit("bye")

    result = await answer(leave)
    assert result.fault is not None
    assert "SystemExit: bye" in result.fault.traceback


async def test_a_tool_that_cancels_itself_has_failed_and_cancels_no_one():
    async def confused() -> None:
        raise asyncio.CancelledError

    result = await answer(confused)

    assert result.fault is not None
    assert result.fault.kind == "exception"
    await anyio.lowlevel.checkpoint()


async def test_an_exception_in_the_authors_validator_is_the_tools_fault():
    import pydantic

    def lookup(value: str) -> str:
        return {}[value]

    from typing import Annotated

    def get(key: Annotated[str, pydantic.AfterValidator(lookup)]) -> None: ...

    result = await answer(get, {"key": "x"})
    assert result.fault is not None
    assert result.fault.kind == "exception"
    assert "KeyError: 'x'" in result.fault.traceback


async def test_a_cancelled_async_tool_is_cancelled_and_cleans_up():
    notes: list[str] = []
    begun = anyio.Event()

    async def wait() -> None:
        try:
            begun.set()
            await anyio.sleep_forever()
        finally:
            notes.append("cleaned")

    service = Service("demo")
    service.tool(wait)
    generation = local(service)
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(generation.tools[0].run, call_of())
            await begun.wait()
            assert generation.in_flight == 1
            tasks.cancel_scope.cancel()
    assert notes == ["cleaned"]
    assert generation.in_flight == 0


async def test_a_cancelled_sync_tool_is_left_behind_and_still_counts():
    begun, go = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go.wait(DEADLINE)

    service = Service("demo")
    service.tool(wait)
    generation = local(service)
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(generation.tools[0].run, call_of())
            await anyio.to_thread.run_sync(begun.wait, DEADLINE)
            assert generation.in_flight == 1
            tasks.cancel_scope.cancel()
        assert generation.in_flight == 1
        go.set()
        await generation.drain()
    assert generation.in_flight == 0


async def test_draining_waits_for_every_call_and_for_none_if_there_is_none():
    service = Service("demo")
    gates = [anyio.Event(), anyio.Event()]

    @service.tool
    async def wait(n: int) -> None:
        await gates[n].wait()

    generation = local(service)
    drained = anyio.Event()

    async def drain() -> None:
        await generation.drain()
        assert generation.in_flight == 0
        drained.set()

    with anyio.fail_after(DEADLINE):
        await generation.drain()
        async with anyio.create_task_group() as tasks:
            for n in range(2):
                tasks.start_soon(generation.tools[0].run, call_of({"n": n}))
            await anyio.wait_all_tasks_blocked()
            assert generation.in_flight == 2
            tasks.start_soon(drain)
            tasks.start_soon(drain)
            gates[0].set()
            await anyio.wait_all_tasks_blocked()
            assert not drained.is_set()
            gates[1].set()
            await drained.wait()


async def test_a_call_that_takes_longer_than_it_may_is_a_timeout():
    cleaned: list[bool] = []

    async def slow() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cleaned.append(True)

    result = await answer(slow, deadline=time.monotonic() + 0.3)

    assert result.fault is not None
    assert (result.fault.kind, result.fault.retryable) == ("timeout", True)
    assert "did not finish in time" in result.text
    assert cleaned == [True]


async def test_a_sync_tool_that_takes_longer_than_it_may_is_left_behind():
    go = threading.Event()

    def slow() -> None:
        go.wait(DEADLINE)

    result = await answer(slow, deadline=time.monotonic() + 1.0)
    go.set()

    assert "still runs, since sync code cannot be stopped" in result.text
    assert result.fault is not None
    assert result.fault.kind == "timeout"


async def test_a_call_whose_time_is_over_never_begins():
    async def explode() -> None:
        raise AssertionError("ran")

    result = await answer(explode, deadline=time.monotonic() - 1)

    assert result.fault is not None
    assert result.fault.kind == "timeout"


async def test_a_tools_own_timeout_is_its_own_failure():
    async def impatient() -> None:
        with anyio.fail_after(0):
            await anyio.sleep_forever()

    result = await answer(impatient, deadline=time.monotonic() + DEADLINE)

    assert result.fault is not None
    assert result.fault.kind == "exception"
    assert "TimeoutError" in result.fault.traceback


async def test_paths_are_relative_to_the_project():
    service = Service("demo")

    @service.tool
    def ping() -> None: ...

    here = Path(__file__)
    (inside,) = local(service, root=here.parents[1]).tools
    (outside,) = local(service, root=here.parents[1] / "services").tools

    assert inside.spec.file == "backends/test_local.py"
    assert outside.spec.file == str(here)


async def test_calls_of_one_generation_do_not_change_its_tools():
    service = Service("demo")

    @service.tool
    def ping() -> str:
        return "one"

    old = local(service)

    @service.tool
    def pong() -> str:
        return "two"

    new = local(service)
    assert [tool.spec.name for tool in old.tools] == ["ping"]
    assert [tool.spec.name for tool in new.tools] == ["ping", "pong"]


async def test_a_thousand_calls_at_once_keep_their_own_arguments_and_context():
    from micro.services.context import current_call

    async def echo(n: int) -> list[int]:
        await anyio.lowlevel.checkpoint()
        call = current_call()
        assert call is not None
        return [n, call.call]

    tool = only_tool(echo)
    results: dict[int, ToolResult] = {}

    async def run(n: int) -> None:
        results[n] = await tool.run(call_of({"n": n}, id=n))

    async with anyio.create_task_group() as tasks:
        for n in range(1_000):
            tasks.start_soon(run, n)
    assert all(results[n].text == f"[{n},{n}]" for n in range(1_000))


async def test_an_async_tool_made_of_a_callable_that_returns_a_result_by_hand():
    async def raw() -> Any:
        return ToolResult(content=({"type": "text", "text": "x"},))

    assert (await answer(raw)).text == "x"


async def test_a_result_that_no_answer_can_carry_is_refused_with_what_to_do():
    async def huge() -> str:
        return "x" * 17_000_000

    result = await answer(huge)
    assert result.fault is not None
    assert result.fault.kind == "bad_result"
    assert "16.2 MB" in result.text
    assert "Ask for less" in result.text
