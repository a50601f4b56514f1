"""Code that cannot be loaded twice, or wants a process of its own: row 27 and the ladder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio

from micro.events import HostExited
from reload.harness import serving

BASE = """
    tables = {}

    def table(name, columns):
        if name in tables:
            raise ValueError(f"Table {name!r} is already defined for this MetaData instance")
        tables[name] = columns
        return columns
"""
ORDERS = """
    import os
    from micro import Service
    from base import table

    columns = table("orders", ["id"])
    orders = Service("orders")
    state = {"calls": 0}

    @orders.tool
    def show() -> list[str]:
        "Show the columns."
        return columns

    @orders.tool
    def pid() -> int:
        "Give the process."
        state["calls"] += 1
        return os.getpid()

    @orders.tool
    def calls() -> int:
        "Give how often pid was called."
        return state["calls"]

    @orders.on_handover
    def give() -> dict[str, int]: return state

    @orders.on_takeover
    def take(given: dict[str, int]) -> None: state.update(given)
"""
OTHER = """
    import os
    from micro import Context, Service

    other = Service("other")
    calls = 0

    @other.tool
    def pid() -> int:
        "Give the process."
        return os.getpid()

    @other.tool
    def count() -> int:
        "Count calls."
        global calls
        calls += 1
        return calls

    @other.tool
    async def ask(ctx: Context) -> list[str]:
        "Ask another service."
        return await ctx.call("orders.show")
"""
FILES = {"base.py": BASE, "orders.py": ORDERS, "other.py": OTHER}


async def test_a_module_that_cannot_be_executed_twice_gets_a_process_of_its_own(tmp_path: Path):
    async with serving(tmp_path, FILES) as served:
        await served.call("other.count")
        host = await served.call("orders.pid")
        for count in range(1, 4):
            served.edit("orders.py", '["id"', f'["id", "column {count}"')
            assert len(await served.call("orders.show")) == count + 1
            assert await served.call("orders.calls") == count
            assert await served.call("orders.pid") != host
        assert await served.call("other.count") == 2
        assert await served.call("other.ask") == await served.call("orders.show")
        assert not served.failed("orders")
        assert not served.of(HostExited)
        assert [event.generation for event in served.loaded("orders")] == [2, 3, 4]


async def test_what_does_not_load_in_a_process_of_its_own_either_is_told(tmp_path: Path):
    async with serving(tmp_path, FILES) as served:
        served.edit("orders.py", '["id"]', "1 / 0")
        assert await served.call("orders.show") == ["id"]
        assert "division by zero" in (await served.failure("orders")).error.message
        served.edit("orders.py", "1 / 0", '["id", "price"]')
        assert await served.call("orders.show") == ["id", "price"]
        served.edit("orders.py", '["id", "price"]', "2 / 0")
        assert await served.call("orders.show") == ["id", "price"]
        await served.until(lambda: len(served.failed("orders")) == 2)
        assert served.failed("orders")[-1].serving == 2
        served.edit("orders.py", "2 / 0", '["id", "count"]')
        assert await served.call("orders.show") == ["id", "count"]
        assert served.runtime.snapshot().services[0].error is None


async def test_an_isolated_service_has_a_process_of_its_own_from_the_start(tmp_path: Path):
    isolated = OTHER.replace('"other"', '"alone", isolated=True').replace("other", "alone")
    async with serving(tmp_path, {"other.py": OTHER, "alone.py": isolated}) as served:
        first = await served.call("alone.pid")
        assert first != await served.call("other.pid")
        await served.call("other.count")
        os.kill(first, signal.SIGKILL)
        await served.until(lambda: served.of(HostExited))
        second = await served.call("alone.pid")
        assert second != first
        assert await served.call("other.count") == 2
        os.kill(await served.call("other.pid"), signal.SIGKILL)
        await served.until(lambda: len(served.of(HostExited)) == 2)
        assert await served.call("other.count") == 1
        assert await served.call("alone.pid") == second
        assert sorted(await served.names())[:2] == ["alone.ask", "alone.count"]


async def test_a_call_in_an_isolated_service_ends_in_the_process_that_it_began_in(tmp_path: Path):
    slow = """
        import anyio, os
        from micro import Service

        slow = Service("slow", isolated=True)

        @slow.tool
        async def wait(seconds: float) -> str:
            "Wait."
            print("waiting")
            await anyio.sleep(seconds)
            return "old"
    """
    async with serving(tmp_path, {"slow.py": slow}) as served:
        answers: list[str] = []

        async def call() -> None:
            answers.append(await served.call("slow.wait", seconds=1))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await served.until(lambda: "waiting" in served.lines)
            served.edit("slow.py", '"old"', '"new"')
            assert await served.call("slow.wait", seconds=0) == "new"
            assert answers == []
        assert answers == ["old"]


async def test_a_deleted_file_takes_its_process_with_it_and_may_come_back(tmp_path: Path):
    isolated = OTHER.replace('"other"', '"alone", isolated=True').replace("other", "alone")
    async with serving(tmp_path, {"other.py": OTHER, "alone.py": isolated}) as served:
        pid = await served.call("alone.pid")
        (tmp_path / "alone.py").unlink()
        assert await served.names() == ["other.ask", "other.count", "other.pid"]
        served.write("alone.py", isolated)
        assert await served.call("alone.pid") != pid
