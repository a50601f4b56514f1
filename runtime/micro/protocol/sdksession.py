"""The SDK's end of one HTTP session: what the lane leaves alone goes in, and comes out on streams.

It is made when the SDK has to answer something in the session for the first time, and is told then
what was said in the handshake. How requests become messages is ``olderposts``'.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import anyio
from anyio.abc import TaskStatus
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_loop
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCRequest, JSONRPCResponse
from starlette.requests import Request

from micro.protocol.envelope import request_key
from micro.protocol.eventstream import EventStream
from micro.protocol.messages import write_message
from micro.protocol.refusals import CANCELLED
from micro.protocol.sessions import HttpSession
from micro.protocol.streams import OPENING, opening_messages

log = logging.getLogger(__name__)


class SdkSession:
    """Runs the SDK's loop for one session.

    Args:
        server: What answers.
        session: Where it answers.
    """

    def __init__(self, server: Server[Any], session: HttpSession) -> None:
        self._server = server
        self._session = session
        self._scope = anyio.CancelScope()
        self._streams: dict[str, EventStream] = {}
        self._to_server, self._incoming = anyio.create_memory_object_stream[
            SessionMessage | Exception
        ](0)
        self._outgoing, self._from_server = anyio.create_memory_object_stream[SessionMessage](0)

    def cancel(self) -> None:
        """End it."""
        self._scope.cancel()

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Run until the session ends; ready once the SDK knows of the handshake."""
        try:
            with self._scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._route)
                    tasks.start_soon(self._open, task_status)
                    await serve_loop(
                        self._server,
                        self._incoming,
                        self._outgoing,
                        lifespan_state={},
                        session_id=self._session.id,
                        init_options=self._server.create_initialization_options(),
                    )
        except Exception:
            log.exception("a session of an older client failed")
        finally:
            for stream in self._streams.values():
                stream.end()
            self._close()

    async def ask(self, message: JSONRPCRequest, request: Request) -> EventStream:
        """Hand on a request; give the stream on which it is answered, and told of.

        Raises:
            anyio.BrokenResourceError: The session has ended, or ``ClosedResourceError``.
        """
        key = request_key(message.id)
        stream = self._streams[key] = EventStream(self._session.streams)
        metadata = ServerMessageMetadata(
            request_context=request, on_request_unanswered=partial(self._settle, message)
        )
        await self._to_server.send(SessionMessage(message, metadata=metadata))
        return stream

    async def tell(self, message: JSONRPCMessage, request: Request) -> None:
        """Hand on what asks for no answer.

        Raises:
            anyio.BrokenResourceError: The session has ended, or ``ClosedResourceError``.
        """
        metadata = ServerMessageMetadata(request_context=request)
        await self._to_server.send(SessionMessage(message, metadata=metadata))

    async def _open(self, task_status: TaskStatus[None]) -> None:
        session = self._session
        if session.handshake:
            for message in opening_messages(session.handshake, over=session.is_initialized):
                await self._to_server.send(SessionMessage(message))
        task_status.started()

    async def _settle(self, message: JSONRPCRequest) -> None:
        """Answer a request that the SDK leaves unanswered, as it was cancelled."""
        error = ErrorData(code=CANCELLED, message="Request cancelled")
        answer = JSONRPCError(jsonrpc="2.0", id=message.id, error=error)
        await self._outgoing.send(SessionMessage(answer))

    async def _route(self) -> None:
        """Say what the SDK says on the stream that it belongs to."""
        async for said in self._from_server:
            message, related = said.message, None
            if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id is not None:
                if message.id == OPENING:
                    continue
                stream = self._streams.pop(request_key(message.id), None)
                if stream is not None:
                    stream.put(write_message(said))
                    stream.end()
                continue
            if isinstance(said.metadata, ServerMessageMetadata):
                related = said.metadata.related_request_id
            if related is None:
                self._session.tell(write_message(said))
            elif (stream := self._streams.get(request_key(related))) is not None:
                stream.put(write_message(said))

    def _close(self) -> None:
        for end in (self._to_server, self._incoming, self._outgoing, self._from_server):
            end.close()
