"""The SDK alone over HTTP: its own sessions and streams on the same tools, and no lane of ours."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import ASGIApp, Receive, Scope, Send

from micro.doors.http import HttpApp
from micro.events import EventBus
from micro.protocol.connections import Connections
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.server import McpServer
from micro.protocol.sessions import HttpSessions
from protocol.lanes import Counted, make_endpoint


@asynccontextmanager
async def sdk_alone(endpoint: McpEndpoint) -> AsyncGenerator[ASGIApp]:
    """Serve what an endpoint has by the SDK alone."""
    bus = EventBus()
    connections = Connections(bus)
    server = McpServer(
        endpoint.gateway,
        endpoint.identity,
        connections=connections,
        bus=bus,
        sessions=HttpSessions(connections),
    )
    manager = StreamableHTTPSessionManager(server)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (key, value.strip(b" \t") if key.startswith(b"mcp-") else value)
            for key, value in scope["headers"]
        ]
        await manager.handle_request({**scope, "headers": headers}, receive, send)

    async with manager.run():
        yield app


@asynccontextmanager
async def lane_and_sdk(**identity: str) -> AsyncGenerator[tuple[McpEndpoint, HttpApp, ASGIApp]]:
    """Give an endpoint, its door, and the SDK alone with the same tools."""
    ours = make_endpoint(Counted, **identity)
    async with ours.running(), sdk_alone(make_endpoint(Counted, **identity)) as alone:
        yield ours, HttpApp(ours), alone
