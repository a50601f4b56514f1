"""Connections that stay, as the bus hears of them."""

from __future__ import annotations

from mcp import Client

from doors.harness import serving
from micro.events import ClientConnected, ClientDisconnected


async def test_a_session_is_told_to_the_bus_from_handshake_to_end():
    async with serving() as served:
        async with Client(served.mcp, mode="legacy") as client:
            await client.list_tools()
            (connected,) = [e for e in served.events if isinstance(e, ClientConnected)]
            assert (connected.door, connected.client) == ("http", "mcp")
        await served.until(lambda: ClientDisconnected in map(type, served.events))
