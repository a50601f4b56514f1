"""Keeps two requests of one session with one id apart, which would leave the first unanswered.

Concerns older clients only: those of 2026-07-28 have no sessions, and each POST is on its own.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

import msgspec
from starlette.types import Scope

from micro.doors.asgi import Problem, header
from micro.protocol.envelope import NOT_JSON, request_key
from micro.protocol.sessions import HttpSessions


class _Envelope(msgspec.Struct):
    """What tells a request from a notification and a response; the rest is skipped."""

    method: str = ""
    id: int | str | None = None


_decode = msgspec.json.Decoder(_Envelope).decode


@contextmanager
def one_at_a_time(sessions: HttpSessions, scope: Scope, body: bytes) -> Generator[None]:
    """Answer a message within this context.

    Raises:
        Problem: The session has a request of the same id that is not answered yet.
    """
    session = sessions.find(header(scope, b"mcp-session-id"))
    key = None if session is None else _key(body)
    if session is None or key is None:
        yield
        return
    if key in session.requests:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "request_id_in_use",
            message=f"a request with id {key[:50]!r} is not answered yet in this session",
            mend="give every request of a session an id of its own",
        )
    with sessions.answering(session, key):
        yield


def _key(body: bytes) -> str | None:
    """Give the id of a request, ``None`` for what is none.

    ``7`` and ``"7"`` are one id: the session keeps them under one name.
    """
    try:
        envelope = _decode(body)
    except NOT_JSON:
        return None  # the protocol says what is wrong with it
    if not envelope.method or envelope.id is None:
        return None
    return request_key(envelope.id)
