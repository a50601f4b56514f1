"""What older clients post and the lane leaves alone: read as the SDK reads it, and handed to it.

A request is answered with JSON if its answer comes soon and is all that there is to say, else with
a stream, on which its client can go on should the connection be cut.
"""

from __future__ import annotations

from http import HTTPStatus

import anyio
import pydantic_core
from anyio.abc import TaskGroup
from mcp_types import (
    INVALID_PARAMS,
    PARSE_ERROR,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from micro.protocol.batches import read_head
from micro.protocol.headers import headers_of
from micro.protocol.messages import ODD_ID
from micro.protocol.older import (
    refuse,
    refuse_room,
    refuse_stranger,
    session_headers,
    session_name,
    subject_of,
    taken,
)
from micro.protocol.refusals import INVALID_REQUEST
from micro.protocol.responses import respond_json
from micro.protocol.sdksession import SdkSession
from micro.protocol.server import McpServer
from micro.protocol.sessions import HttpSession, HttpSessions, TooManySessions
from micro.protocol.streaming import send_stream

SOON = 1.0
"""Seconds in which an answer comes that needs no stream."""

_JSON = "application/json"
_GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError)


class _Odd(Exception):
    """A request is answered with an error of HTTP's."""

    def __init__(self, status: HTTPStatus, message: str, code: int = INVALID_REQUEST) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class OlderPosts:
    """Answers what older clients post.

    Args:
        server: The SDK's.
        sessions: The clients' sessions.
        tasks: Where the SDK's ends of them run.
    """

    def __init__(self, server: McpServer, sessions: HttpSessions, tasks: TaskGroup) -> None:
        self._server = server
        self._sessions = sessions
        self._tasks = tasks
        self._attaching = anyio.Lock()

    async def serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Answer one message."""
        name = session_name(scope)
        session = None if name is None else self._sessions.find(name, subject_of(scope))
        if session is None and name is not None:
            await refuse_stranger(scope, send)
            return
        if not _media_type(scope).lower().startswith(_JSON):
            await _refuse_type(send)
            return
        try:
            message = _read(scope, body, session)
        except _Odd as odd:
            await refuse(send, odd.status, odd.message, session=session, code=odd.code)
            return
        request = Request(scope, receive)
        try:
            await self._take(message, request, session, send)
        except _GONE:
            if session is not None:
                self._sessions.close(session)
            await refuse(send, HTTPStatus.NOT_FOUND, "Session not found")

    async def _take(
        self, message: JSONRPCMessage, request: Request, session: HttpSession | None, send: Send
    ) -> None:
        if isinstance(message, JSONRPCRequest) and message.method == "initialize":
            await self._shake_hands(message, request, session, send)
        elif session is None:
            await refuse_stranger(request.scope, send)
        elif isinstance(message, JSONRPCRequest):
            await self._answer(message, request, session, send)
        else:
            await (await self._attached(session)).tell(message, request)
            self._sessions.use(session)
            await respond_json(send, HTTPStatus.ACCEPTED, b"", headers=session_headers(session))

    async def _shake_hands(
        self, message: JSONRPCRequest, request: Request, session: HttpSession | None, send: Send
    ) -> None:
        """Let the SDK shake hands, for the first time or again; if it fails, nothing is opened."""
        try:
            opened = session or self._sessions.open(subject_of(request.scope))
        except TooManySessions:
            await refuse_room(send)
            return
        stream = await (await self._attached(opened)).ask(message, request)
        await stream.ended()
        answer = b"".join(event.message for event in stream.since(0))
        if answer and not read_head(answer).error:
            opened.is_ready = False  # what the client said before counts no more
            session = opened
        elif session is None:
            self._sessions.close(opened)
        await respond_json(send, HTTPStatus.OK, answer, headers=session_headers(session))

    async def _answer(
        self, message: JSONRPCRequest, request: Request, session: HttpSession, send: Send
    ) -> None:
        stream = await (await self._attached(session)).ask(message, request)
        with anyio.move_on_after(SOON):
            await stream.begun()
        headers, answers = session_headers(session), stream.since(0)
        if stream.is_over and len(answers) == 1:
            await respond_json(send, HTTPStatus.OK, answers[0].message, headers=headers)
            return
        await send_stream(stream, send, version=session.version, headers=headers)
        await stream.ended()

    async def _attached(self, session: HttpSession) -> SdkSession:
        """Give the SDK's end of a session.

        Raises:
            anyio.BrokenResourceError: The session was ended meanwhile.
        """
        async with self._attaching:
            if not isinstance(session.sdk, SdkSession):
                sdk = SdkSession(self._server, session)
                await self._tasks.start(sdk.run)
                session.sdk = sdk
                if self._sessions.find(session.id) is None:
                    sdk.cancel()
                    raise anyio.BrokenResourceError
            return session.sdk


def _read(scope: Scope, body: bytes, session: HttpSession | None) -> JSONRPCMessage:
    """Give a posted message.

    Raises:
        _Odd: It is none, or its answer would not be understood.
    """
    if not all(taken(scope)):
        message = "Not Acceptable: Client must accept both application/json and text/event-stream"
        raise _Odd(HTTPStatus.NOT_ACCEPTABLE, message)
    kinds = [kind.strip() for kind in _media_type(scope).split(";")[0].split(",")]
    if _JSON not in kinds:
        message = "Unsupported Media Type: Content-Type must be application/json"
        raise _Odd(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
    try:
        raw = pydantic_core.from_json(body)
    except ValueError as error:
        raise _Odd(HTTPStatus.BAD_REQUEST, f"Parse error: {error}", PARSE_ERROR) from error
    try:
        read = jsonrpc_message_adapter.validate_python(raw, by_name=False)
    except ValidationError as error:
        message = f"Validation error: {error}"
        raise _Odd(HTTPStatus.BAD_REQUEST, message, INVALID_PARAMS) from error
    if session is not None and isinstance(read, JSONRPCNotification) and "id" in raw:
        raise _Odd(HTTPStatus.BAD_REQUEST, ODD_ID)
    return read


async def _refuse_type(send: Send) -> None:
    text = b"Invalid Content-Type header"
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _media_type(scope: Scope) -> str:
    return headers_of(scope).first.get(b"content-type", b"").decode("latin-1")
