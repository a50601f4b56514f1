"""Connections that stay, as the bus hears of them."""

from __future__ import annotations

from typing import Literal

import pytest
from mcp import Client

from doors.harness import serving
from micro.events import ClientConnected, ClientDisconnected, ToolsListed


async def test_a_session_is_told_to_the_bus_from_handshake_to_end():
    async with serving() as served:
        async with Client(served.mcp, mode="legacy") as client:
            await client.list_tools()
            (connected,) = [e for e in served.events if isinstance(e, ClientConnected)]
            assert (connected.door, connected.client) == ("http", "mcp")
        await served.until(lambda: ClientDisconnected in map(type, served.events))


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_who_was_given_the_list_and_how_much_of_it_is_told(mode: Literal["legacy", "auto"]):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        listed = await client.list_tools()
        told = [e for e in served.events if isinstance(e, ToolsListed)][-1]
        assert (told.door, told.client, told.subject) == ("http", "mcp", "local")
        assert told.client_version
        assert told.protocol == client.protocol_version
        assert told.tools == len(listed.tools)


async def test_a_connection_tells_version_and_protocol_of_its_client():
    async with serving() as served, Client(served.mcp, mode="legacy") as client:
        await client.list_tools()
        connected = [e for e in served.events if isinstance(e, ClientConnected)][-1]
        assert connected.client_version
        assert connected.protocol == client.protocol_version
        assert connected.subject == "local"
