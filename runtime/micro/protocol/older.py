"""What older clients do with their HTTP sessions: open them, end them, listen, and say things.

All of it without the SDK, as far as it is plain; what the SDK would say of the rest is said in its
words. Requests are ``fasthttp``'s. Host, Origin and size were checked before (``doors``).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.protocol.envelope import HANDSHAKE, NOT_JSON, is_text, read_cancelled
from micro.protocol.facts import read_facts
from micro.protocol.fast import FastLane
from micro.protocol.handshake import Handshake, agreed_version, is_initialized, read_handshake
from micro.protocol.headers import headers_of
from micro.protocol.identify import CALLER_KEY, clip, http_caller
from micro.protocol.parts import WRITE_KEY
from micro.protocol.refusals import INTERNAL_ERROR, INVALID_REQUEST
from micro.protocol.responses import Header, respond_json
from micro.protocol.sessions import HttpSession, HttpSessions, TooManySessions
from micro.protocol.splice import failure
from micro.protocol.streaming import StandingResponse

VERSION_HEADER = b"mcp-protocol-version"
SESSION_HEADER = b"mcp-session-id"
RETRY_AFTER = b"10"
"""Seconds after which a client may try again for which there was no room."""

HANDSHAKE_LIMIT = 8 * 1024
"""Bytes of a handshake that is kept here; a longer one is the SDK's to remember."""

_STRANGER = Caller(door="http")


class _Notification(msgspec.Struct):
    """What asks for no answer."""

    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Any] | UnsetType = UNSET
    id: UnsetType = UNSET
    result: UnsetType = UNSET
    error: UnsetType = UNSET


_decode = msgspec.json.Decoder(_Notification).decode


def is_older(scope: Scope) -> bool:
    """Whether a request is one of those that belong to sessions, by its headers alone."""
    version = headers_of(scope).first.get(VERSION_HEADER)
    return version is None or version.strip(b" \t").decode("latin-1") in HANDSHAKE


def session_name(scope: Scope) -> str | None:
    """Give the session that a request names; ``None`` if it names none."""
    name = headers_of(scope).first.get(SESSION_HEADER)
    return None if name is None else name.strip(b" \t").decode("latin-1")


def subject_of(scope: Scope) -> str:
    """Give who sends a request."""
    caller: Caller = scope.get(CALLER_KEY) or _STRANGER
    return caller.subject


def session_headers(session: HttpSession | None) -> tuple[Header, ...]:
    """Give the headers of every answer in a session."""
    return () if session is None else ((SESSION_HEADER, session.id.encode()),)


def taken(scope: Scope) -> tuple[bool, bool]:
    """Say whether a request's sender takes JSON, and streams of events."""
    accept = headers_of(scope).first.get(b"accept", b"").decode("latin-1")
    kinds = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    return (
        not kinds.isdisjoint(("*/*", "application/json", "application/*")),
        not kinds.isdisjoint(("*/*", "text/event-stream", "text/*")),
    )


async def refuse(
    send: Send, status: int, message: str, *, session: HttpSession | None = None, code: int = 0
) -> None:
    """Answer a request that cannot be served; ``code`` is an invalid request's if not given."""
    body = failure(None, code or INVALID_REQUEST, message)
    await respond_json(send, status, body, headers=session_headers(session))


async def refuse_room(send: Send) -> None:
    """Answer a client for whose session there is no room."""
    body = failure(None, INTERNAL_ERROR, "Too many open sessions")
    await respond_json(send, 503, body, headers=[(b"retry-after", RETRY_AFTER)])


class OlderHttp:
    """Answers older clients of one endpoint.

    Args:
        lane: Answers handshakes.
        sessions: Where sessions are opened.
    """

    def __init__(self, lane: FastLane, sessions: HttpSessions) -> None:
        self._lane = lane
        self._sessions = sessions
        self._standing: dict[StandingResponse, None] = {}

    async def take(self, scope: Scope, body: bytes, send: Send) -> bool:
        """Take a posted message that is no plain request; false if that is the SDK's to do."""
        session = self._find(scope)
        if session is None and session_name(scope) is not None:
            await refuse_stranger(scope, send)
            return True
        facts = read_facts(headers_of(scope))
        if facts is None or not facts.is_acceptable:
            return False
        if session is None:
            handshake = read_handshake(body) if len(body) <= HANDSHAKE_LIMIT else None
            if handshake is None:
                return False
            await self._open(handshake, scope, body, send)
            return True
        if not self._hears(session, scope, body):
            return False
        self._sessions.use(session)
        await respond_json(send, 202, b"", headers=session_headers(session))
        return True

    async def _open(self, handshake: Handshake, scope: Scope, body: bytes, send: Send) -> None:
        try:
            session = self._sessions.open(subject_of(scope))
        except TooManySessions:
            await refuse_room(send)
            return
        info = handshake.params.client
        session.handshake, session.version = body, agreed_version(handshake)
        session.client = clip(info.name), clip(info.version)
        session.is_askable = handshake.params.capabilities.is_askable
        session.is_ready = True
        greeting = self._lane.greet(handshake)
        await respond_json(send, 200, greeting, headers=session_headers(session))

    def _hears(self, session: HttpSession, scope: Scope, body: bytes) -> bool:
        """Whether a message asks for no answer and is not for the SDK; what it says is done."""
        method = _read_notification(body) if session.is_ready else ""
        if not method:
            return False
        if method == "notifications/initialized":
            if not is_initialized(body):
                return False
            session.is_initialized = True
            caller = http_caller(scope.get(CALLER_KEY), *session.client, protocol=session.version)
            self._sessions.announce(session, caller)
        elif (key := read_cancelled(body)) is not None:
            call = session.requests.get(key)
            if call is not None:
                call.cancel()
                return True
        return session.sdk is None

    async def end(self, scope: Scope, send: Send) -> None:
        """End a session, as its client asks."""
        session = self._find(scope)
        if session is not None:
            self._sessions.close(session)
            await respond_json(send, 200, b"", headers=session_headers(session))
        else:
            await refuse_stranger(scope, send)

    async def listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell a client what answers no request, or go on with a stream that was cut."""
        session = self._find(scope)
        if session is None and session_name(scope) is not None:
            await refuse_stranger(scope, send)
        elif not taken(scope)[1]:
            message = "Not Acceptable: Client must accept text/event-stream"
            await refuse(send, 406, message, session=session)
        elif session is None:
            await refuse_stranger(scope, send)
        else:
            await self._listen(session, scope, receive, send)

    async def _listen(
        self, session: HttpSession, scope: Scope, receive: Receive, send: Send
    ) -> None:
        streams, after = session.streams, 0
        if last := headers_of(scope).first.get(b"last-event-id", b""):
            found = streams.find(last.decode("latin-1"))
            if found is None:
                message = "Bad Request: Nothing is kept of the stream of this event"
                await refuse(send, 400, message, session=session)
                return
            stream, after = found
        elif session.is_heard:
            message = "Conflict: Only one SSE stream is allowed per session"
            await refuse(send, 409, message, session=session)
            return
        else:
            stream = streams.stand()
            after = stream.read
        response = StandingResponse(
            stream, send, write=scope.get(WRITE_KEY), spawn=self._sessions.spawn
        )
        self._standing[response] = None
        try:
            version, headers = session.version, session_headers(session)
            await response.serve(receive, version=version, headers=headers, after=after)
        finally:
            del self._standing[response]
            self._sessions.use(session)

    def end_streams(self) -> None:
        """Let clients that wait for what may come know that nothing more will."""
        for response in tuple(self._standing):
            response.end()

    def _find(self, scope: Scope) -> HttpSession | None:
        name = session_name(scope)
        return None if name is None else self._sessions.find(name, subject_of(scope))


async def refuse_stranger(scope: Scope, send: Send) -> None:
    """Answer a request that names no session, or none that is its sender's."""
    if session_name(scope) is None:
        await refuse(send, 400, "Bad Request: Missing session ID")
    else:
        await refuse(send, 404, "Session not found")


def _read_notification(body: bytes) -> str:
    """Give the method of a message that is a notification; empty if it is none, or an odd one."""
    try:
        return _decode(body).method if is_text(body) else ""
    except NOT_JSON:
        return ""
