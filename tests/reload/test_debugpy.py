"""A debugger that attaches has all the time it wants."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio
import pytest

from micro.calls import ToolResult
from micro.events import HostExited, ProblemFound
from ports import free_port
from reload.dap import attached
from reload.harness import Served, serving

ONE = """
    import os
    from micro import Service

    one = Service("one")

    @one.tool(timeout="1s")
    def sync(number: int) -> int:
        "Double."
        total = number * 2
        return total

    @one.tool(timeout="1s")
    async def coroutine(number: int) -> int:
        "Double."
        total = number * 2
        return total

    @one.tool
    def pid() -> int:
        "Give the process."
        return os.getpid()
"""
TWO = ONE.replace("one", "two").replace("number * 2", "2 * number")
"""Not the same code: from Python 3.12 on debugpy takes functions that are equal for one."""


async def port_of(served: Served, *, number: int = 1) -> int:
    """Give the port that was told as the so many-th."""

    def ports() -> list[int]:
        told = [line for line in served.lines if "a debugger can attach" in line]
        return [int(line.rpartition(":")[2]) for line in told]

    await served.until(lambda: len(ports()) >= number)
    return ports()[number - 1]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MICRO_DEBUGPY", "0")


@pytest.mark.parametrize("tool", ["sync", "coroutine"])
async def test_a_call_that_stands_at_a_breakpoint_has_no_deadline(tmp_path: Path, tool: str):
    async with serving(tmp_path, {"one.py": ONE, "two.py": TWO}) as served:
        port = await port_of(served)
        file = (tmp_path / "one.py").resolve()
        line = 1 + file.read_text().splitlines().index("    total = number * 2")
        line = line if tool == "sync" else line + 6
        results: list[ToolResult] = []

        async def call(name: str) -> None:
            results.append(await served.result(name, number=5))

        async with attached(port) as editor, anyio.create_task_group() as tasks:
            await editor.stop_at(file, line + 1)
            await editor.ask("configurationDone")
            tasks.start_soon(call, f"one.{tool}")
            stopped = await editor.event("stopped")
            tasks.start_soon(call, "two.sync")
            await anyio.sleep(2.5)  # so that deadlines, heartbeat and watchdog would have acted
            frames = await editor.ask("stackTrace", threadId=stopped["threadId"])
            assert (frames["stackFrames"][0]["name"], results) == (tool, [])
            frame = frames["stackFrames"][0]["id"]
            value = await editor.ask("evaluate", expression="total + 1", frameId=frame)
            assert value["result"] == "11"
            await editor.ask("continue", threadId=stopped["threadId"])
        assert [result.structured for result in results] == [b'{"result":10}'] * 2
        assert not served.of(HostExited)
        assert not any("blocks its event loop" in line for line in served.lines)
        served.edit("one.py", "return total", "return total + 1")
        assert await served.call(f"one.{tool}", number=5) == 11


async def test_deadlines_count_again_once_the_debugger_has_gone(tmp_path: Path):
    slow = ONE.replace("total = number * 2", "import time; time.sleep(20); total = 1")
    async with serving(tmp_path, {"one.py": slow}) as served:
        async with attached(await port_of(served)) as editor:
            await editor.ask("configurationDone")
        result = await served.result("one.sync", number=1)
        assert result.fault is not None
        assert result.fault.kind == "timeout"


async def test_the_next_host_can_be_attached_to_at_the_same_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    port = free_port()
    monkeypatch.setenv("MICRO_DEBUGPY", str(port))
    async with serving(tmp_path, {"one.py": ONE}) as served:
        assert await port_of(served) == port
        os.kill(await served.call("one.pid"), signal.SIGKILL)
        assert await port_of(served, number=2) == port
        async with attached(port) as editor:
            await editor.ask("configurationDone")


async def test_a_port_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MICRO_DEBUGPY", "soon")
    async with serving(tmp_path, {"one.py": ONE}) as served:
        await served.until(lambda: served.runtime.snapshot().problems)
        problem = served.runtime.snapshot().problems[0]
        assert (problem.message, problem.mend) == (
            "MICRO_DEBUGPY is 'soon'",
            "write a port: MICRO_DEBUGPY=5678",
        )
        assert isinstance(problem, ProblemFound)
        assert await served.call("one.sync", number=1) == 2
