"""The fast lane over HTTP: whose headers say plainly what the body says, it answers with JSON.

A request of 2026-07-28 stands alone, and is cancelled when its client hangs up. An older one needs
its session, and goes on without its client. Whatever is missing, double or unusual in the headers
is left to the SDK. Host, Origin and size were checked before (``doors``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.protocol.envelope import (
    HANDSHAKE,
    MODERN,
    Request,
    read_cancelled,
    read_request,
    request_key,
)
from micro.protocol.fast import FastLane, Reply
from micro.protocol.headers import headers_of
from micro.protocol.identify import TRACE_KEY, http_caller
from micro.protocol.longcalls import LongCalls
from micro.protocol.refusals import CANCELLED, INVALID_PARAMS, MISSING_CAPABILITY, error_of
from micro.protocol.responses import Response
from micro.protocol.sessions import HttpSession, HttpSessions
from micro.protocol.splice import failure

_LIMIT = 200
"""Bytes of a header that the fast lane reads; a longer one is odd."""
_PARAMETERS = b"mcp-param-"
"""How the headers begin that mirror arguments, which are left to the SDK."""
_READ = (
    *(b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id"),
    *(b"accept", b"content-type", b"traceparent"),
)


class _Facts(NamedTuple):
    """What the headers say, each empty if it is not there."""

    version: str
    method: str
    name: str
    session: str
    accept: str
    content_type: str
    traceparent: str


class FastHttp:
    """Answers what it can of the messages that are posted to one endpoint.

    Args:
        lane: Answers what is plain.
        sessions: The older clients' sessions.
        long_calls: Minds calls that take long; somebody runs it.
    """

    def __init__(
        self, lane: FastLane, sessions: HttpSessions, *, long_calls: LongCalls | None = None
    ) -> None:
        self._lane = lane
        self._sessions = sessions
        self.long_calls = long_calls or LongCalls()

    async def serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> bool:
        """Answer a posted message; false, and nothing done, if that is the SDK's to do."""
        facts = _read_headers(scope)
        if facts is None or not _is_acceptable(facts.accept, facts.content_type):
            return False
        request = read_request(body)
        if request is None:
            self._cancel(facts, body)
            return False
        if facts.version == MODERN:
            if not _agrees(request, facts) or not self._lane.takes(request, modern=True):
                return False
            caller = http_caller(scope, *request.client, protocol=MODERN)
            response = Response(send)
            with self.long_calls.minded(response.pulse, receive=receive):
                reply = await self._answer(request, caller, facts, scope)
                await response.finish(_status(reply), reply.body)
            return True
        return await self._serve_older(request, facts, scope, send)

    async def _serve_older(self, request: Request, facts: _Facts, scope: Scope, send: Send) -> bool:
        session = self._session_of(request, facts)
        if session is None or not self._lane.takes(request, modern=False, older=session):
            return False
        caller = http_caller(scope, *session.client, protocol=session.version)
        if caller.subject != session.subject:
            return False
        response, key = Response(send, session=facts.session), request_key(request.id)

        async def pulse() -> None:
            session.use()
            await response.pulse()

        body = failure(request.id, CANCELLED, "Request cancelled")
        with (
            self.long_calls.minded(pulse) as call,
            self._sessions.answering(facts.session, key, scope=call),
        ):
            body = (await self._answer(request, caller, facts, scope)).body
        session.use()
        await response.finish(200, body)
        return True

    async def _answer(self, request: Request, caller: Caller, facts: _Facts, scope: Scope) -> Reply:
        trace = request.traceparent
        trace = facts.traceparent if trace is None else trace
        return await self._lane.answer(
            request,
            caller,
            traceparent=trace,
            trace_id=scope.get(TRACE_KEY, ""),
            modern=facts.version == MODERN,
        )

    def _session_of(self, request: Request, facts: _Facts) -> HttpSession | None:
        """Give an older request's session; ``None`` if there is anything odd about the two."""
        if facts.version and facts.version not in HANDSHAKE:
            return None
        busy = self._sessions.is_answering(facts.session, request_key(request.id))
        return None if busy or request.is_enveloped else self._sessions.find(facts.session)

    def forget(self, scope: Scope) -> None:
        """Leave to the SDK all that comes yet for a session that is to end."""
        facts = _read_headers(scope)
        if facts is not None:
            self._sessions.close(facts.session)

    def _cancel(self, facts: _Facts, body: bytes) -> None:
        """Cancel a call of an older client that says so; the SDK acknowledges what it said."""
        if facts.session and facts.version != MODERN and (key := read_cancelled(body)) is not None:
            self._sessions.cancel(facts.session, key)


def _read_headers(scope: Scope) -> _Facts | None:
    """Give what the headers say; ``None`` if one is there twice, too long, or rarely seen."""
    headers = headers_of(scope)
    if _PARAMETERS in b" ".join(headers.first):
        return None
    if headers.repeats and any(len(headers.all(name)) > 1 for name in _READ):
        return None
    values = [headers.first.get(name, b"") for name in _READ]
    if max(map(len, values)) > _LIMIT:
        return None
    return _facts(*values)


@lru_cache(maxsize=1024)
def _facts(*values: bytes) -> _Facts:
    return _Facts(*[value.decode("latin-1").strip(" \t") for value in values])


@lru_cache(maxsize=256)
def _is_acceptable(accept: str, content_type: str) -> bool:
    """Whether JSON was sent, and JSON and streams are taken; more unusual words are left alone."""
    taken = {kind.partition(";")[0].strip() for kind in accept.split(",")}
    sent = content_type.partition(";")[0].strip()
    return {"application/json", "text/event-stream"} <= taken and sent == "application/json"


def _agrees(request: Request, facts: _Facts) -> bool:
    """Whether the headers of 2026-07-28 say the same as the body, in plain letters."""
    if not request.is_modern or facts.method != request.method:
        return False
    return request.method != "tools/call" or facts.name == request.params.name


def _status(reply: Reply) -> int:
    """Give the HTTP status of an answer at 2026-07-28: bad parameters have one of their own."""
    if reply.refusal is not None and error_of(reply.refusal)[0] in (
        INVALID_PARAMS,
        MISSING_CAPABILITY,
    ):
        return 400
    return 200
