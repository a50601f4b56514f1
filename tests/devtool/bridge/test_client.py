"""The bridge as the official client library finds it."""

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from devtool.fake_runtime import eventually
from devtool.harness import DEADLINE, dev, record, runs, shop


def server(root: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "micro_devtool", "mcp", "serve", str(root)]
    )


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_client_keeps_its_session_while_the_runtime_restarts(
    tmp_path: Path, mode: str
):
    shop(tmp_path)
    with dev(tmp_path):
        with anyio.fail_after(DEADLINE):
            async with Client(server(tmp_path), mode=mode) as client:
                (tool,) = (await client.list_tools()).tools
                answer = await client.call_tool(tool.name, {"item": "tea"})
                assert answer.structured_content == {"result": "tea costs 1"}
                runtime = record(tmp_path)["pid"]
                os.kill(runtime, signal.SIGKILL)
                await anyio.to_thread.run_sync(eventually, lambda: not runs(runtime))
                again = await client.call_tool(tool.name, {"item": "milk"})
                assert again.structured_content == {"result": "milk costs 1"}
