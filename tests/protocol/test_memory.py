"""The official client in this process: real messages of both eras, by a door of its own."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import MCPError

from doors.harness import DEADLINE, serving
from micro.events import ClientConnected, ClientDisconnected
from micro.protocol.memory import connect_memory

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@ERAS
async def test_a_client_lists_and_calls_by_the_door_memory(mode: Any):
    async with serving() as served:
        async with connect_memory(served.endpoint, mode=mode) as client:
            assert len((await client.list_tools()).tools) == 4
            result = await client.call_tool("demo_echo", {"text": "hé"})
            assert result.structured_content == {"text": "hé"}
        assert [event.door for event in served.started] == ["memory"]


@ERAS
async def test_a_refusal_is_an_error_of_the_protocol(mode: Any):
    async with serving() as served, connect_memory(served.endpoint, mode=mode) as client:
        with pytest.raises(MCPError, match="There is no tool"):
            await client.call_tool("demo_nothing", {})


async def test_the_connection_is_told_and_gone_with_the_client():
    async with serving() as served:
        async with connect_memory(served.endpoint) as client:
            await client.list_tools()
        told = [event for event in served.events if isinstance(event, ClientConnected)]
        assert {event.door for event in told} == {"memory"}
        await served.until(lambda: ClientDisconnected in map(type, served.events))


async def test_leaving_cancels_the_calls_that_run():
    async with serving() as served:
        with anyio.fail_after(DEADLINE):
            async with (
                connect_memory(served.endpoint) as client,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(client.call_tool, "demo_wait", {})
                await served.gate.entered.wait()
                tasks.cancel_scope.cancel()
            await served.gate.cancelled.wait()
