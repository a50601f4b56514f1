"""MCP over a WebSocket: a message a frame, both ways, for as long as the client stays.

What the messages say is ``protocol``'s, as over lines. Which hosts and origins are taken, and who
calls, is asked before a connection is accepted.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from http import HTTPStatus

import anyio
from msgspec.structs import replace
from starlette.types import Message, Receive, Scope, Send

from micro.calls import Caller
from micro.doors.access import Access
from micro.doors.asgi import Problem, path_of, respond_problem
from micro.doors.auth import HttpAuth
from micro.doors.verdicts import refusal_problem
from micro.errors import Refused, unwrapped
from micro.protocol.endpoint import MESSAGE_LIMIT, McpEndpoint
from micro.protocol.identify import CALLER_KEY
from micro.protocol.outbox import SlowReader

log = logging.getLogger(__name__)

PATH = "/mcp/ws"
SUBPROTOCOL = "mcp"

POLICY = 1008
"""Code of a connection that is closed, or not taken, because of who is at its other end."""

TRY_LATER = 1013
"""The close code for a client that may come back (RFC 6455, registered later)."""

_DENIAL = "websocket.http.response"
"""ASGI's extension by which a server can say why it takes no connection."""


class WebSocketDoor:
    """Serves the connections to one endpoint."""

    def __init__(self, endpoint: McpEndpoint, *, access: Access, auth: HttpAuth) -> None:
        self._endpoint = endpoint
        self._access = access
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a client until it leaves, or say why not."""
        try:
            caller = await self._admit(scope)
        except Problem as problem:
            await deny(problem, scope, send)
        except Refused as refusal:
            await self._auth.refused(scope, "websocket", refusal)
            await deny(refusal_problem(refusal, scope), scope, send)
        else:
            await receive()
            chosen = SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
            await send({"type": "websocket.accept", "subprotocol": chosen})
            socket = _Socket(receive, send)
            with unwrapped():
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._close_with_token, scope, socket)
                    await self._serve(socket, caller)
                    tasks.cancel_scope.cancel()

    async def _serve(self, socket: _Socket, caller: Caller) -> None:
        """Serve a client until it leaves, or does not read what it is told."""
        try:
            await self._endpoint.serve_lines(socket.messages(), socket.send_all, caller=caller)
        except SlowReader as slow:
            log.warning("a client over a WebSocket was given up: %s", slow.message)
            await socket.close(TRY_LATER, slow.message)

    async def _close_with_token(self, scope: Scope, socket: _Socket) -> None:
        """Close the connection, idle as it may be, once its token is not taken any more."""
        caller = await self._auth.outlive(scope)
        await socket.close(POLICY, caller.rejection)

    async def _admit(self, scope: Scope) -> Caller:
        """Give who calls.

        Raises:
            Problem: There is nothing here for that host, origin, path or subprotocol.
            Refused: Nobody knows who calls.
        """
        self._access.check(scope)
        if path_of(scope) != PATH or not self._endpoint.is_running:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "unknown_path",
                message=f"no WebSocket is served at {path_of(scope)[:200]!r}",
                mend=f"connect to {PATH}",
            )
        offered = scope.get("subprotocols", ())
        if offered and SUBPROTOCOL not in offered:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "wrong_subprotocol",
                message=f"the subprotocol {', '.join(offered)[:100]!r} is not spoken here",
                mend=f"offer {SUBPROTOCOL!r}, or none",
            )
        await self._auth.admit(scope)
        self._auth.check(scope)
        return replace(scope.get(CALLER_KEY) or Caller(door="websocket"), door="websocket")


class _Socket:
    """A connection that was accepted."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def messages(self) -> AsyncIterator[bytes | None]:
        """Give every message, ``None`` for one that is too long; ends with the connection."""
        while (frame := await self._receive())["type"] == "websocket.receive":
            text = frame.get("text")
            message: bytes = frame["bytes"] if text is None else text.encode(errors="surrogatepass")
            yield message if len(message) <= MESSAGE_LIMIT else None

    async def send_all(self, messages: Sequence[bytes]) -> None:
        """Send messages.

        Raises:
            anyio.BrokenResourceError: The client is gone.
        """
        try:
            for message in messages:
                await self._send({"type": "websocket.send", "text": message.decode()})
        except (OSError, RuntimeError) as error:  # servers differ in how they say so
            raise anyio.BrokenResourceError from error

    async def close(self, code: int, reason: str) -> None:
        """End the connection, and say why."""
        with suppress(OSError, RuntimeError):  # the client was quicker
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


async def deny(problem: Problem, scope: Scope, send: Send) -> None:
    """Take no connection; say why if the server can pass it on."""
    if _DENIAL not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": POLICY})
        return

    async def answer(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    await respond_problem(answer, problem)
