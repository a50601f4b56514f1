"""Hosts that grow, hosts that die again and again, and what reloads leave behind: row 33."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from micro.events import HostExited, ProblemFound
from ports import free_port
from reload.harness import serving

GROWING = """
    import gc, os, types
    import anyio
    from micro import Service

    growing = Service("growing")
    state = {"calls": 0}
    kept = []

    @growing.tool
    def grow(megabytes: int) -> int:
        "Hold memory; gives the process."
        state["calls"] += 1
        kept.append(b"x" * (megabytes * 2**20))
        return os.getpid()

    @growing.tool
    def calls() -> int:
        "Count the calls of grow."
        return state["calls"]

    @growing.tool
    async def wait(seconds: float) -> str:
        "Wait."
        print("waiting")
        await anyio.sleep(seconds)
        return "waited"

    @growing.tool
    def alive() -> int:
        "Count the modules of this name that are not collected."
        gc.collect()
        modules = [x for x in gc.get_objects() if isinstance(x, types.ModuleType)]
        return sum(module.__name__ in ("growing", "helper") for module in modules)

    @growing.on_stop
    def stop() -> None: print("stopped")

    @growing.on_handover
    def give() -> dict[str, int]: return state

    @growing.on_takeover
    def take(given: dict[str, int]) -> None: state.update(given)
"""


async def test_a_host_that_grows_too_large_is_replaced_and_no_call_is_lost(tmp_path: Path):
    async with serving(tmp_path, {"growing.py": GROWING}, memory_limit=150 * 2**20) as served:
        pid = await served.call("growing.grow", megabytes=1)
        results: list[str] = []

        async def call() -> None:
            results.append(await served.call("growing.wait", seconds=3))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await served.until(lambda: "waiting" in served.lines)
            assert await served.call("growing.grow", megabytes=200) == pid
            await served.until(lambda: served.loaded("growing"))
            assert await served.call("growing.grow", megabytes=1) != pid
            assert await served.call("growing.calls") == 3
        assert results == ["waited"]
        assert "has grown to" in served.of(ProblemFound)[0].message
        assert not served.of(HostExited)


async def test_a_service_that_holds_a_port_is_served_again_once_the_old_host_is_gone(
    tmp_path: Path,
):
    number = free_port()
    port = f"""
        import socket
        from micro import Service
        port = Service("port", exclusive=True)
        @port.on_start
        def start() -> None:
            global listener
            listener = socket.create_server(("127.0.0.1", {number}))
        @port.on_stop
        def stop() -> None: listener.close()
        @port.tool
        def number() -> int:
            "Give the port."
            return listener.getsockname()[1]
    """
    files = {"growing.py": GROWING, "port.py": port}
    async with serving(tmp_path, files, memory_limit=150 * 2**20) as served:
        assert await served.call("port.number") == number
        await served.call("growing.grow", megabytes=200)
        await served.until(lambda: served.loaded("port"))
        assert await served.call("port.number") == number


@pytest.mark.timeout(120)
async def test_reloads_leave_no_old_module_behind(tmp_path: Path):
    growing = GROWING.replace("import anyio", "import anyio\n    from helper import number")
    async with serving(tmp_path, {"growing.py": growing, "helper.py": "number = 0\n"}) as served:
        for number in range(1, 201):
            served.write("helper.py", f"number = {number}\n")
            await served.settle()
        assert len(served.loaded("growing")) == 200
        await served.until(lambda: served.lines.count("stopped") == 200)
        assert await served.call("growing.alive") == 2
