"""Who hears of a changed list, and who cannot keep the others from hearing."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
from mcp import Client

from doors.harness import DEADLINE, line_client, request, serving
from micro.events import RuntimeStarted


async def test_listeners_of_2026_07_28_hear_that_the_list_changed():
    async with serving() as served, Client(served.mcp) as client:
        async with client.listen(tools_list_changed=True) as events:
            served.add_tool("more")
            with anyio.fail_after(DEADLINE):
                await anext(aiter(events))
        listed = await client.list_tools()
        assert "demo_more" in [tool.name for tool in listed.tools]


async def test_sessions_of_older_clients_hear_that_the_list_changed():
    heard = anyio.Event()

    async def handle(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            heard.set()

    async with (
        serving() as served,
        Client(served.mcp, mode="legacy", message_handler=handle) as client,
    ):
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.tools.list_changed
        with anyio.fail_after(DEADLINE):
            number = 0
            while not heard.is_set():  # until the client's GET stream is there
                number += 1
                served.add_tool(f"more{number}")
                with anyio.move_on_after(0.2):
                    await heard.wait()


async def test_other_events_are_no_change():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.ask(request("ping", id=2))
        served.bus.publish(RuntimeStarted(addresses=()))
        await client.ask(request("tools/list", id=3))
        assert (await client.ask(request("ping", id=4)))["id"] == 4


async def test_a_client_that_is_gone_is_told_no_more():
    async with serving() as served, line_client(served.path) as stays:
        await stays.initialize()
        await stays.ask(request("ping", id=2))
        async with line_client(served.path) as leaves:
            await leaves.initialize()
            await leaves.ask(request("tools/list", id=2))
        served.add_tool("more")
        assert (await stays.read())["method"] == "notifications/tools/list_changed"


async def test_a_client_is_told_nothing_before_its_handshake():
    async with serving() as served, line_client(served.path) as client:
        served.add_tool("more")
        assert (await client.ask(request("ping", id=1)))["id"] == 1


async def test_changes_that_come_together_are_one_piece_of_news():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        await client.ask(request("tools/list", id=2))
        for number in range(5):
            served.add_tool(f"more{number}")
        assert (await client.read())["method"] == "notifications/tools/list_changed"
        assert (await client.ask(request("ping", id=3)))["id"] == 3


async def test_listeners_are_told_when_the_server_stops():
    async with (
        serving() as served,
        Client(served.mcp) as client,
        client.listen(tools_list_changed=True) as events,
    ):
        served.app.end_streams()
        with anyio.fail_after(DEADLINE):
            assert [event async for event in events] == []
