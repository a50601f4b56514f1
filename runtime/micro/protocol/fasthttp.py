"""The fast lane over HTTP: whose headers say plainly what the body says, it answers with JSON.

A request of 2026-07-28 stands alone, and is cancelled when its client hangs up. An older one needs
its session, and goes on without its client. Whatever is missing, double or unusual in the headers
is left to the SDK. Host, Origin and size were checked before (``doors``).
"""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.errors import Refused
from micro.protocol.envelope import (
    HANDSHAKE,
    MODERN,
    Request,
    read_request,
    request_key,
)
from micro.protocol.eventstream import RESUMED_SINCE
from micro.protocol.facts import Facts, read_facts
from micro.protocol.fast import FastLane, Reply
from micro.protocol.headers import headers_of
from micro.protocol.identify import CALLER_KEY, TRACE_KEY, http_caller
from micro.protocol.longcalls import EARLY, LongCalls
from micro.protocol.refusals import CANCELLED, INVALID_PARAMS, MISSING_CAPABILITY, error_of
from micro.protocol.responses import Response
from micro.protocol.sessions import HttpSession, HttpSessions
from micro.protocol.splice import failure


class Post(msgspec.Struct, frozen=True):
    """A message that was posted.

    Attributes:
        facts: What its headers say.
        sender: Who sends it, as the token says; ``None`` if nobody asked.
        trace_id: Of the trace that it is answered in.
    """

    facts: Facts
    body: bytes
    sender: Caller | None
    trace_id: str


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
        facts = read_facts(headers_of(scope))
        if facts is None or not facts.is_acceptable:
            return False
        post = Post(facts, body, scope.get(CALLER_KEY), scope.get(TRACE_KEY, ""))
        return await self.answer(post, Response(send), receive)

    async def answer(self, post: Post, response: Response, receive: Receive) -> bool:
        """Do the same, whatever server the message came by."""
        request, facts = read_request(post.body), post.facts
        if request is None:
            return False
        if post.sender is not None and not self._lane.admits(request, post.sender):
            return False
        if facts.version != MODERN:
            return await self._answer_older(request, post, response)
        if not _agrees(request, facts) or not self._lane.takes(request, modern=True):
            return False
        caller = http_caller(post.sender, *request.client, protocol=MODERN)
        on_hangup = response.on_hangup
        with self.long_calls.minded(response.pulse, receive=receive, on_hangup=on_hangup):
            reply = await self._reply(request, caller, post, modern=True)
            status = 200 if reply.refusal is None else _status(reply.refusal)
            await response.finish(status, reply.body, packed=reply.is_packed)
        return True

    async def _answer_older(self, request: Request, post: Post, response: Response) -> bool:
        session = self._session_of(request, post.facts)
        if session is None or not self._lane.takes(request, modern=False, older=session):
            return False
        caller = http_caller(post.sender, *session.client, protocol=session.version)
        if caller.subject != session.subject:
            return False
        self._sessions.announce(session, caller)
        response.session = session
        reply = Reply(failure(request.id, CANCELLED, "Request cancelled"))
        with (
            self.long_calls.minded(response.pulse, first=_first_pulse(session)) as call,
            self._sessions.answering(session, request_key(request.id), scope=call),
        ):
            reply = await self._reply(request, caller, post, modern=False)
        await response.finish(200, reply.body, packed=reply.is_packed)
        return True

    def _reply(
        self, request: Request, caller: Caller, post: Post, *, modern: bool
    ) -> Awaitable[Reply]:
        trace = request.traceparent
        return self._lane.answer(
            request,
            caller,
            traceparent=post.facts.traceparent if trace is None else trace,
            trace_id=post.trace_id,
            modern=modern,
            packs=post.facts.takes_gzip,
        )

    def _session_of(self, request: Request, facts: Facts) -> HttpSession | None:
        """Give an older request's session; ``None`` if there is anything odd about the two."""
        if facts.version and facts.version not in HANDSHAKE:
            return None
        session = self._sessions.find(facts.session)
        if session is None or not session.is_ready or request.is_enveloped:
            return None
        return None if request_key(request.id) in session.requests else session


def _first_pulse(session: HttpSession) -> float | None:
    """Give when a call of a session is answered on a stream; ``None``: as late as every other."""
    return EARLY if session.version >= RESUMED_SINCE else None


def _agrees(request: Request, facts: Facts) -> bool:
    """Whether the headers of 2026-07-28 say the same as the body, in plain letters."""
    if not request.is_modern or facts.method != request.method:
        return False
    return request.method != "tools/call" or facts.name == request.params.name


def _status(refusal: Refused) -> int:
    """Give the HTTP status of a refusal at 2026-07-28: bad parameters have one of their own."""
    return 400 if error_of(refusal)[0] in (INVALID_PARAMS, MISSING_CAPABILITY) else 200
