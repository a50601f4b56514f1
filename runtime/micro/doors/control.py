"""The control socket for who is elsewhere: its bytes over a WebSocket, for a token that names it.

Off unless a project asks for it. A token is needed here even where other paths need none, and its
scope has to be named: one that may call every tool may not steer. What is ordered, and what a
caller may order, is ``control``'s matter.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.doors.access import Access
from micro.doors.asgi import Problem, WebApp, path_of
from micro.doors.auth import HttpAuth
from micro.doors.verdicts import refusal_problem
from micro.doors.websocket import POLICY, deny
from micro.errors import MissingScopes, Refused
from micro.protocol.identify import CALLER_KEY

PATH = "/micro/control"
_CHUNK = 64 * 1024

Steer = Callable[[socket.socket, Caller], Awaitable[None]]
"""Carries out what a caller orders over a connected socket, which it owns from then on."""


class ControlDoor:
    """An application with one path more than the one that it stands before.

    Args:
        app: Answers all other paths.
        access: Which hosts and origins are taken.
        auth: Asked who comes; it has to demand a token.
        scope: What a token has to name.
        steer: What a connection is for.
    """

    def __init__(
        self, app: WebApp, *, access: Access, auth: HttpAuth, scope: str, steer: Steer
    ) -> None:
        self._app = app
        self._access = access
        self._auth = auth
        self._scope = scope
        self._steer = steer
        self._open: set[anyio.CancelScope] = set()

    def end_streams(self) -> None:
        """End what would stay open for ever."""
        self._app.end_streams()
        for connection in self._open:
            connection.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] != "websocket" or path_of(scope) != PATH:
            await self._app(scope, receive, send)  # pyright: ignore[reportArgumentType]
            return
        try:
            caller = await self._admit(scope)
        except Problem as problem:
            await deny(problem, scope, send)
        except Refused as refusal:
            await self._auth.refused(scope, "dashboard", refusal)
            await deny(refusal_problem(refusal, scope), scope, send)
        else:
            await receive()
            await send({"type": "websocket.accept"})
            await self._serve(scope, receive, send, caller=caller)

    async def _admit(self, scope: Scope) -> Caller:
        """Give who comes.

        Raises:
            Problem: The host or the origin is not taken.
            Refused: Nobody knows who comes, or the token does not name the scope.
        """
        self._access.check(scope)
        await self._auth.admit(scope)
        self._auth.check(scope)
        caller: Caller = scope[CALLER_KEY]
        if self._scope not in caller.scopes:
            raise MissingScopes(
                f"this token does not name {self._scope}",
                missing=(self._scope,),
                mend=f"make one: micro auth token create --subject NAME --scopes {self._scope},*",
            )
        return replace(caller, door="dashboard")

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, caller: Caller) -> None:
        """Join the WebSocket and a socket of the runtime's, until either is closed."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        reason = ""

        async def steer() -> None:
            await self._steer(theirs, caller)
            tasks.cancel_scope.cancel()

        async def expire() -> None:
            nonlocal reason
            reason = (await self._auth.outlive(scope)).rejection
            tasks.cancel_scope.cancel()

        with ours:
            async with anyio.create_task_group() as tasks:
                self._open.add(tasks.cancel_scope)
                try:
                    tasks.start_soon(steer)
                    tasks.start_soon(expire)
                    tasks.start_soon(_send_all, ours, send)
                    await _receive_all(ours, receive)
                    tasks.cancel_scope.cancel()
                finally:
                    self._open.discard(tasks.cancel_scope)
        with anyio.CancelScope(shield=True), suppress(OSError, RuntimeError):
            await send({"type": "websocket.close", "code": POLICY if reason else 1001})


async def _receive_all(sock: socket.socket, receive: Receive) -> None:
    """Pass on what the other end sends, until it closes."""
    loop = asyncio.get_running_loop()
    while (frame := await receive())["type"] == "websocket.receive":
        data = frame.get("bytes")
        if not data:
            return  # text is not spoken here
        with suppress(OSError):
            await loop.sock_sendall(sock, data)


async def _send_all(sock: socket.socket, send: Send) -> None:
    """Pass on what the runtime says; a client that is gone is seen by who reads from it."""
    loop = asyncio.get_running_loop()
    with suppress(OSError, RuntimeError):
        while data := await loop.sock_recv(sock, _CHUNK):
            await send({"type": "websocket.send", "bytes": data})
