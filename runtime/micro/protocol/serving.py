"""One running MCP server of the SDK: streams and HTTP requests of all clients, of both eras.

Imports the SDK, so nothing imports this at start: ``endpoint`` does, when the doors are open.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskStatus
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.message import SessionMessage
from starlette.types import Receive, Scope, Send

from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.connections import Connections
from micro.protocol.identity import Identity
from micro.protocol.olderposts import OlderPosts
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
        )
        self._sessions = sessions
        # Default mode, not json_response: that one loses progress and does not notice that a
        # client of 2026-07-28 went away, which must cancel its call.
        self._http = StreamableHTTPSessionManager(self._server)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """Serve within this context; leaving it ends every session and stream."""
        async with self._http.run(), anyio.create_task_group() as tasks:
            tasks.start_soon(self._server.changes.run)
            self._older = OlderPosts(self._server, self._sessions, tasks)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    def end_streams(self) -> None:
        """Let clients of ``subscriptions/listen`` know that their stream is over."""
        self._server.changes.end_streams()

    async def serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request of 2026-07-28. Host, Origin and size were checked before."""
        await self._http.handle_request(scope, receive, send)

    async def serve_older(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Answer what an older client has posted, in its session or to open one."""
        await self._older.serve(scope, body, receive, send)

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
