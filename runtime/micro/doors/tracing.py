"""In which trace an HTTP request is answered: its sender's, or one of its own.

Known before anything is answered, so that every answer can name it. What the calls of a request do
with it is the gateway's.
"""

from __future__ import annotations

import msgspec
from starlette.types import Scope, Send

from micro.doors.asgi import Header
from micro.gateway.traceparent import new_trace_id, read_traceparent
from micro.protocol.envelope import NOT_JSON
from micro.protocol.headers import headers_of
from micro.protocol.identify import TRACE_KEY
from micro.protocol.responses import Response

TRACE_HEADER = b"mcp-trace-id"


class _Meta(msgspec.Struct):
    traceparent: str = ""


class _Params(msgspec.Struct):
    meta: _Meta = msgspec.field(name="_meta", default_factory=_Meta)


class _Message(msgspec.Struct):
    params: _Params = msgspec.field(default_factory=_Params)


_decode = msgspec.json.Decoder(_Message).decode


def begin_trace(scope: Scope) -> None:
    """Put into the scope the trace id of a request, by its headers alone."""
    header = headers_of(scope).first.get(b"traceparent")
    given = None if header is None else read_traceparent(header.decode("latin-1"))
    scope[TRACE_KEY] = given[0] if given else new_trace_id()


def follow_message(scope: Scope, body: bytes) -> None:
    """Let the trace that a message names itself come before that of the headers."""
    if named := named_trace(body):
        scope[TRACE_KEY] = named


def named_trace(body: bytes) -> str:
    """Give the id of the trace that a message names; empty if it names none."""
    if b'"traceparent"' not in body:
        return ""
    try:
        given = read_traceparent(_decode(body).params.meta.traceparent)
    except NOT_JSON:
        return ""
    return given[0] if given else ""


def trace_header(scope: Scope) -> Header:
    """Give the header by which an answer names its trace."""
    return TRACE_HEADER, scope[TRACE_KEY].encode()


class TracedResponse(Response):
    """A response that names its trace itself."""

    def __init__(self, send: Send, trace_id: str) -> None:
        super().__init__(send)
        self._trace = trace_id.encode()

    def _own_headers(self) -> list[Header]:
        return [*super()._own_headers(), (TRACE_HEADER, self._trace)]
