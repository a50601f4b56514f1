"""A breakpoint stops one call, and can be reached; nothing else waits for it: row 40."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from micro.calls import ToolResult
from micro.events import ProblemFound
from reload.harness import DEADLINE, Served, serving

STOPPING = """
    import anyio
    from micro import Service

    stopping = Service("stopping")

    @stopping.tool(timeout="1s")
    def sync(number: int) -> int:
        "Stop at a breakpoint."
        breakpoint()
        return number

    @stopping.tool(timeout="1s")
    async def coroutine(number: int) -> int:
        "Stop at a breakpoint."
        breakpoint()
        return number
"""
OTHER = """
    from micro import Service

    other = Service("other")

    @other.tool
    async def value() -> int:
        "Give the value."
        return 1
"""


async def until_prompt(stream: SocketStream) -> str:
    text = b""
    with anyio.fail_after(DEADLINE):
        while not text.endswith(b"(Pdb) "):
            text += await stream.receive()
    return text.decode()


async def stopped(served: Served) -> Path:
    """Wait for a breakpoint; give its socket."""
    await served.until(lambda: served.of(ProblemFound))
    problem = served.of(ProblemFound)[-1]
    assert "waits at a breakpoint" in problem.message
    assert problem.mend is not None
    return served.root / ".micro" / f"debug-{problem.mend.split()[-1]}.sock"


@pytest.mark.parametrize("tool", ["stopping.sync", "stopping.coroutine"])
async def test_a_breakpoint_is_reached_at_a_socket_while_all_else_goes_on(
    tmp_path: Path, tool: str
):
    async with serving(tmp_path, {"stopping.py": STOPPING, "other.py": OTHER}) as served:
        results: list[ToolResult] = []

        async def call() -> None:
            results.append(await served.result(tool, number=5))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            path = await stopped(served)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
            served.edit("other.py", "return 1", "return 2")
            assert await served.call("other.value") == 2
            await anyio.sleep(1.4)  # so that the call's deadline passes
            async with await anyio.connect_unix(path) as stream:
                assert "stopping.py" in await until_prompt(stream)
                await stream.send(b"p number * 2\n")
                assert "10" in await until_prompt(stream)
                await stream.send(b"number = 6\n")
                await until_prompt(stream)
                await stream.send(b"continue\n")
        assert not results[0].is_error, results[0].fault
        assert results[0].structured == b'{"result":6}'
        assert not any("blocks its event loop" in line for line in served.lines)
        assert not path.exists()


async def test_who_leaves_the_debugger_lets_the_code_go_on(tmp_path: Path):
    async with serving(tmp_path, {"stopping.py": STOPPING}) as served:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: served.call("stopping.sync", number=5))
            path = await stopped(served)
            async with await anyio.connect_unix(path) as stream:
                await until_prompt(stream)
        assert not served.of(ProblemFound)[1:]
