"""One running MCP server: streams and HTTP requests of all clients, of both eras.

Imports the SDK, so nothing imports this at start: ``endpoint`` does, when the doors are open.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.streamable_http_manager import (
    DEFAULT_SESSION_IDLE_TIMEOUT,
    StreamableHTTPSessionManager,
)
from mcp.shared.message import SessionMessage
from starlette.types import Receive, Scope, Send

from micro.calls import Door
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.changes import ListChanges
from micro.protocol.connections import Connections
from micro.protocol.identity import Identity
from micro.protocol.messages import NotAMessage, read_message, write_message
from micro.protocol.server import McpServer
from micro.protocol.sessions import HttpSessions

log = logging.getLogger(__name__)

SendLine = Callable[[bytes], Awaitable[None]]


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
        self._connections = connections
        self._changes = ListChanges(bus)
        self._server = McpServer(
            gateway,
            identity,
            connections=connections,
            changes=self._changes,
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
            tasks.start_soon(self._changes.run)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    def end_streams(self) -> None:
        """Let clients of ``subscriptions/listen`` know that their stream is over."""
        self._changes.end_streams()

    async def serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request to the MCP path. Host, Origin and size were checked before."""
        await self._http.handle_request(scope, receive, send)

    def _touch(self, session: str) -> None:
        """Put off the end of a session that is used, without the SDK seeing its requests."""
        transports = self._http._server_instances  # pyright: ignore[reportPrivateUsage]
        transport = transports.get(session)
        scope = transport.idle_scope if transport is not None else None
        if scope is not None and math.isfinite(scope.deadline):
            scope.deadline = anyio.current_time() + DEFAULT_SESSION_IDLE_TIMEOUT

    async def serve_lines(
        self, lines: AsyncIterator[bytes | None], send: SendLine, *, door: Door
    ) -> None:
        """Serve one client that sends a message a line, until its lines end.

        Calls that run then are cancelled. A line that is no message is answered with an error and
        costs nothing else.

        Args:
            lines: Without their newlines; ``None`` is one that was too long.
            send: Takes whole lines; raises ``anyio.BrokenResourceError`` once the client is gone.
            door: What the calls are recorded under.
        """
        to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
        with self._connections.opened(door):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._run_server, incoming, outgoing)
                tasks.start_soon(partial(_send_all, from_server, send, client=tasks.cancel_scope))
                async with to_server:
                    await _receive_all(lines, to_server, refuse=send)

    async def _run_server(
        self,
        incoming: MemoryObjectReceiveStream[SessionMessage | Exception],
        outgoing: MemoryObjectSendStream[SessionMessage],
    ) -> None:
        options = self._server.create_initialization_options()
        await self._server.run(incoming, outgoing, options)


async def _receive_all(
    lines: AsyncIterator[bytes | None],
    to_server: MemoryObjectSendStream[SessionMessage | Exception],
    *,
    refuse: SendLine,
) -> None:
    """Hand every message on, and answer what is none."""
    try:
        async for line in lines:
            try:
                message = read_message(line)
            except NotAMessage as problem:
                await refuse(problem.answer)
            else:
                await to_server.send(message)
    except anyio.BrokenResourceError:
        log.debug("a client went away while it was sending")


async def _send_all(
    from_server: MemoryObjectReceiveStream[SessionMessage],
    send: SendLine,
    *,
    client: anyio.CancelScope,
) -> None:
    """Write what the server says; a client that is gone takes its calls with it."""
    async with from_server:
        try:
            async for message in from_server:
                await send(write_message(message))
        except anyio.BrokenResourceError:
            client.cancel()
