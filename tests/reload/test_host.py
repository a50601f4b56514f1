"""The host survives its code, and what the code does reaches the runtime: rows 28 to 32."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from micro.calls import Peer, Progress
from micro.events import CallStarted, HostExited, HostStarted, LogWritten, ServiceLoaded
from reload.harness import CALLER, serving

UNRULY = """
    import ctypes, logging, os, subprocess, sys, time
    import anyio
    from micro import Context, Service, ToolError

    unruly = Service("unruly")
    print("at import")

    @unruly.tool
    def leave() -> str:
        "End the process."
        os._exit(3)

    @unruly.tool
    def fault() -> str:
        "Read where nothing is."
        ctypes.string_at(0)
        return ""

    @unruly.tool
    async def wait() -> str:
        "Wait for ever."
        print("waiting")
        try:
            await anyio.sleep_forever()
        finally:
            print("cancelled")

    @unruly.tool
    def block(seconds: float) -> str:
        "Block a thread."
        time.sleep(seconds)
        return "done"

    @unruly.tool
    def spin(seconds: float) -> str:
        "Keep a core busy."
        until = time.monotonic() + seconds
        while time.monotonic() < until: pass
        return "done"

    @unruly.tool
    def noise() -> str:
        "Write everywhere."
        print("to stdout")
        print("to stderr", file=sys.stderr)
        logging.getLogger("shop").warning("to the log")
        os.write(1, b"to descriptor 1\\n")
        subprocess.run(["echo", "from a child"], check=True)
        return "quiet"

    @unruly.tool
    def fail() -> str:
        "Fail in an unforeseen way."
        raise RuntimeError("the password is hunter2")

    @unruly.tool
    def refuse() -> str:
        "Fail in the author's words."
        raise ToolError("out of stock", retryable=True)

    @unruly.tool
    async def steps(ctx: Context) -> str:
        "Report progress."
        for step in range(3):
            await ctx.progress(step, 3, f"step {step}")
        return ctx.trace_id

    @unruly.tool
    async def through(tool: str, ctx: Context) -> str:
        "Call another tool."
        return str(await ctx.call(tool))

    @unruly.tool
    async def again(ctx: Context) -> str:
        "Call oneself."
        return str(await ctx.call("unruly.again"))

    @unruly.tool
    def fine() -> int:
        "Work."
        return os.getpid()
"""


async def test_a_tool_that_ends_the_process_fails_alone_and_the_next_call_is_answered(
    tmp_path: Path,
):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        first = await served.call("unruly.fine")
        for tool in ("unruly.leave", "unruly.fault"):
            result = await served.result(tool)
            assert result.fault is not None
            assert (result.fault.kind, result.fault.retryable) == ("host_lost", True)
        assert await served.call("unruly.fine") != first
        assert [event.status for event in served.of(HostExited)] == ["exit code 3", "SIGSEGV"]
        assert served.list_changes == 0


async def test_a_killed_host_is_replaced_and_calls_wait_for_the_next(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        pid = await served.call("unruly.fine")
        os.kill(pid, signal.SIGKILL)
        await served.until(lambda: served.of(HostExited))
        assert await served.call("unruly.fine") != pid
        assert served.of(HostStarted)
        assert served.loaded("unruly")[-1].generation == 2


async def test_only_calls_in_the_host_that_died_fail(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        results: list[Any] = []

        async def call(tool: str, **arguments: Any) -> None:
            results.append(await served.result(tool, **arguments))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, "unruly.wait")
            await served.until(lambda: "waiting" in served.lines)
            await served.result("unruly.leave")
            assert await served.call("unruly.fine")
        assert results[0].fault.kind == "host_lost"


async def test_a_cancelled_call_is_cancelled_in_the_host(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(served.result, "unruly.wait")
            await served.until(lambda: "waiting" in served.lines)
            tasks.cancel_scope.cancel()
        await served.until(lambda: "cancelled" in served.lines)


async def test_ten_blocking_tools_and_a_busy_one_do_not_stop_another(tmp_path: Path):
    async with (
        serving(tmp_path, {"unruly.py": UNRULY}) as served,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(10):
            tasks.start_soon(lambda: served.result("unruly.block", seconds=30))
        tasks.start_soon(lambda: served.result("unruly.spin", seconds=5))
        await anyio.lowlevel.checkpoint()
        for _ in range(20):
            await served.call("unruly.fine")
        blocked = [call for call in served.runtime.snapshot().calls if "block" in call.tool]
        assert [call.outcome for call in blocked] == [None] * 10
        tasks.cancel_scope.cancel()


async def test_async_code_that_blocks_stops_no_other_service_and_is_named(tmp_path: Path):
    stuck = """
        import time
        from micro import Service

        stuck = Service("stuck")

        @stuck.tool
        async def spin(seconds: float) -> str:
            "Block the loop."
            until = time.monotonic() + seconds
            while time.monotonic() < until: pass
            return "done"
    """
    async with serving(tmp_path, {"unruly.py": UNRULY, "stuck.py": stuck}) as served:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: served.result("stuck.spin", seconds=2))
            await served.until(lambda: served.of(CallStarted))
            assert await served.call("unruly.steps")
            assert served.runtime.snapshot().calls[0].outcome is None
            await served.until(lambda: any("blocks its event loop" in x for x in served.lines))
        blocked = next(line for line in served.lines if "blocks its event loop" in line)
        assert blocked.startswith("stuck blocks its event loop at stuck.py:")


async def test_a_host_that_is_stuck_as_a_whole_is_replaced_and_says_where_it_was(tmp_path: Path):
    stuck = """
        import re
        from micro import Service

        stuck = Service("stuck")

        @stuck.tool
        def match() -> str:
            "Hold the interpreter."
            return str(re.match(r"(a+)+$", "a" * 60 + "b"))
    """
    async with serving(tmp_path, {"unruly.py": UNRULY, "stuck.py": stuck}) as served:
        result = await served.result("stuck.match")
        assert result.fault is not None
        assert result.fault.kind == "host_lost"
        assert await served.call("unruly.fine")
        await served.until(lambda: any("stuck.py" in line for line in served.lines))


async def test_all_that_code_writes_becomes_log_lines_of_its_call(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        await served.call("unruly.noise")
        await served.until(lambda: {"to descriptor 1", "from a child"} <= set(served.lines))
        tied = {(e.text, e.level, e.logger) for e in served.of(LogWritten) if e.call is not None}
        assert tied == {
            ("to stdout", "INFO", "stdout"),
            ("to stderr", "ERROR", "stderr"),
            ("to the log", "WARNING", "shop"),
        }
        call = served.runtime.snapshot().calls[-1].call
        detail = served.runtime.detail(call)
        assert detail is not None
        assert {line.text for line in detail.logs} == {text for text, _, _ in tied}


async def test_an_unforeseen_exception_is_safe_for_the_client_and_whole_for_the_developer(
    tmp_path: Path,
):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        result = await served.result("unruly.fail")
        assert "hunter2" not in result.text
        assert result.trace_id in result.text
        detail = served.runtime.detail(served.runtime.snapshot().calls[-1].call)
        assert detail is not None
        assert "hunter2" in detail.traceback
        assert "unruly.py" in detail.traceback
        assert "site-packages" not in detail.traceback
        refused = await served.result("unruly.refuse")
        assert refused.text == "out of stock"
        assert refused.fault is not None
        assert refused.fault.retryable


async def test_progress_comes_in_order_before_the_result(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        reported: list[str | None] = []

        async def report(progress: Progress) -> None:
            reported.append(progress.message)

        traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        result = await served.runtime.gateway.call(
            "unruly_steps",
            b"{}",
            caller=CALLER,
            traceparent=traceparent,
            peer=Peer(on_progress=report),
        )
        assert reported == ["step 0", "step 1", "step 2"]
        assert result.text == "0af7651916cd43dd8448eb211c80319c"


async def test_a_tool_calls_another_in_the_same_trace(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        pid = await served.call("unruly.fine")
        assert await served.call("unruly.through", tool="unruly.fine") == str(pid)
        calls = served.runtime.snapshot().calls
        assert calls[-1].door == "service"
        assert calls[-1].trace_id == calls[-2].trace_id
        missing = await served.result("unruly.through", tool="unruly.nothing")
        assert missing.is_error


@pytest.mark.parametrize("code", ["import os; os._exit(1)", "import ctypes; ctypes.string_at(0)"])
async def test_code_that_ends_the_host_while_it_loads_is_tried_again_after_a_pause(
    tmp_path: Path, code: str
):
    files = {"fine.py": "from micro import Service\nfine = Service('fine')\n"}
    async with serving(tmp_path, files) as served:
        served.write("bad.py", f"from micro import Service\nbad = Service('bad')\n{code}\n")
        await served.until(lambda: len(served.of(HostExited)) >= 3)
        served.write("bad.py", "from micro import Service\nbad = Service('bad')\n")
        await served.until(lambda: served.loaded("bad"))


async def test_tools_that_call_one_another_without_end_are_stopped(tmp_path: Path):
    async with serving(tmp_path, {"unruly.py": UNRULY}) as served:
        result = await served.result("unruly.again")
        assert result.is_error
        assert "through 16 other tools" in result.text
        assert len(served.runtime.snapshot().calls) == 18


async def test_calls_and_lists_that_come_before_the_first_load_wait_for_it(tmp_path: Path):
    slow = "import time\nfrom micro import Service\ntime.sleep(0.5)\nslow = Service('slow')\n"
    slow += "@slow.tool\ndef value() -> int: return 1\n"
    for ask in ("call", "list"):
        async with serving(tmp_path, {"slow.py": slow}, patience=0.0) as served:
            assert not served.runtime.registry.catalogue.tools
            if ask == "call":
                assert await served.call("slow.value") == 1
            else:
                assert await served.names() == ["slow.value"]


async def test_the_next_host_loads_first_what_is_called_and_calls_wait_for_that_alone(
    tmp_path: Path,
):
    def service(name: str) -> str:
        text = "import os, time\nfrom micro import Service\nNAME = Service('NAME')\n"
        text += "if os.path.exists('again'): time.sleep(0.05)\n@NAME.tool\n"
        return (text + "def pid() -> int: return os.getpid()\n").replace("NAME", name)

    names = [f"s{number:02}" for number in range(20)]
    async with serving(tmp_path, {f"{name}.py": service(name) for name in names}) as served:
        pid = await served.call("s00.pid")
        (tmp_path / "again").touch()
        os.kill(pid, signal.SIGKILL)
        await served.until(lambda: served.of(HostExited))
        assert await served.call("s19.pid") != pid
        loaded = {event.service for event in served.of(ServiceLoaded)}
        assert "s19" in loaded
        assert len(loaded) < len(names)
        assert await served.call("s17.pid") != pid
        await served.until(lambda: len(served.of(ServiceLoaded)) == len(names))
        assert not served.list_changes


async def test_a_service_that_is_gone_in_the_next_host_is_refused_by_name(tmp_path: Path):
    fine = "from micro import Service\nfine = Service('fine')\n"
    fine += "@fine.tool\ndef one() -> int: return 1\n"
    async with serving(tmp_path, {"unruly.py": UNRULY, "fine.py": fine}) as served:
        pid = await served.call("unruly.fine")
        (tmp_path / "fine.py").unlink()
        os.kill(pid, signal.SIGKILL)
        result = await served.result("fine.one")
        assert result.is_error
        await served.until(lambda: served.of(HostStarted))
        assert "fine.one" not in await served.names()


async def test_a_save_while_a_host_still_loads_is_in_the_next_answer(tmp_path: Path):
    files = {
        "helper.py": "NUMBER = 1\n",
        "quick.py": """
            import os
            import helper
            from micro import Service

            quick = Service("quick")

            @quick.tool
            def number() -> int:
                "Give the number."
                return helper.NUMBER

            @quick.tool
            def leave() -> None:
                "End the process."
                os._exit(3)
        """,
        "slow.py": """
            import time
            from micro import Service

            time.sleep(0.5)
            slow = Service("slow")
        """,
    }
    async with serving(tmp_path, files) as served:
        assert (await served.result("quick.leave")).fault is not None
        assert await served.call("quick.number") == 1
        served.write("helper.py", "NUMBER = 2\n")
        assert await served.call("quick.number") == 2


async def test_a_helper_is_new_for_others_when_one_that_imports_it_does_not_load(tmp_path: Path):
    def service(name: str) -> str:
        return f"""
            import helper
            from micro import Service

            {name} = Service("{name}")

            @{name}.tool
            def number() -> int:
                "Give the number."
                return helper.NUMBER
        """

    files = {"helper.py": "NUMBER = 1\n", "a.py": service("a"), "b.py": service("b")}
    async with serving(tmp_path, files) as served:
        served.write("a.py", service("a") + "not python")
        served.write("helper.py", "NUMBER = 2\n")
        await served.settle()  # in the order of the files: what is called would be loaded first
        assert await served.call("b.number") == 2
        assert await served.call("a.number") == 1
