"""A process that serves one noisy tool over its standard streams, for ``test_stdio``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[1]))

from doors.harness import echo, make_tool
from micro.calls import Call, ToolResult
from micro.doors.stdio import serve_stdio
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.registry.registry import Registry


async def shout(call: Call) -> ToolResult:
    print("printed", flush=True)  # noqa: T201
    subprocess.run(["echo", "from a child"], check=True)  # noqa: ASYNC221
    assert sys.stdin.read() == ""
    return await echo(call)


async def main() -> None:
    registry = Registry()
    registry.swap({"demo": [make_tool("shout", shout)]})
    identity = Identity(name="noisy")
    endpoint = McpEndpoint(Gateway(registry, []), EventBus(), identity=identity)
    async with endpoint.running():
        await serve_stdio(endpoint)


anyio.run(main)
