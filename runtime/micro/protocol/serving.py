"""One running MCP server of the SDK: streams and HTTP requests of all clients, of both eras.

Imports the SDK, so nothing imports this at start: ``endpoint`` does, when the doors are open.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskStatus
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import (
    DEFAULT_SESSION_IDLE_TIMEOUT,
    StreamableHTTPSessionManager,
)
from mcp.shared.message import SessionMessage
from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.connections import Connections
from micro.protocol.identify import CALLER_KEY
from micro.protocol.identity import Identity
from micro.protocol.outbox import Outbox
from micro.protocol.server import McpServer
from micro.protocol.sessions import HttpSessions
from micro.protocol.streams import SdkStream


class Serving:
    """An MCP server while it runs; made anew for every run."""

    def __init__(
        self,
        gateway: Gateway,
        bus: EventBus,
        *,
        identity: Identity,
        connections: Connections,
        sessions: HttpSessions,
    ) -> None:
        self._server = McpServer(
            gateway,
            identity,
            connections=connections,
            bus=bus,
            sessions=sessions,
            touch=self._touch,
        )
        # Default mode, not json_response: that one loses progress and does not notice that a
        # client of 2026-07-28 went away, which must cancel its call.
        self._http = StreamableHTTPSessionManager(self._server)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """Serve within this context; leaving it ends every session and stream."""
        async with self._http.run(), anyio.create_task_group() as tasks:
            tasks.start_soon(self._server.changes.run)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    def end_streams(self) -> None:
        """Let clients of ``subscriptions/listen`` know that their stream is over."""
        self._server.changes.end_streams()

    async def serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request to the MCP path. Host, Origin and size were checked before."""
        sender: Caller | None = scope.get(CALLER_KEY)
        if sender is not None:  # older sessions are their owner's alone: the SDK sees to that
            token = AccessToken(token="", client_id=sender.subject, scopes=[])
            scope = {**scope, "user": AuthenticatedUser(token)}
        await self._http.handle_request(scope, receive, send)

    def _touch(self, session: str) -> None:
        """Put off the end of a session that is used, without the SDK seeing its requests."""
        transports = self._http._server_instances  # pyright: ignore[reportPrivateUsage]
        transport = transports.get(session)
        scope = transport.idle_scope if transport is not None else None
        if scope is not None and math.isfinite(scope.deadline):
            scope.deadline = anyio.current_time() + DEFAULT_SESSION_IDLE_TIMEOUT

    async def serve_stream(
        self, outbox: Outbox, *, task_status: TaskStatus[SdkStream] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Serve one client, whose messages come by the stream that ``task_status`` gives.

        Ends, and cancels the client's calls, once that is closed.
        """
        to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
        stream = SdkStream(to_server, outbox)
        options = self._server.create_initialization_options()
        try:
            async with to_server, anyio.create_task_group() as tasks:
                tasks.start_soon(stream.write, from_server)
                task_status.started(stream)
                await self._server.run(incoming, outgoing, options)
        finally:
            stream.ended.set()
