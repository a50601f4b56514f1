"""Who sends an MCP request, by which door, and in which trace: read from the SDK's context.

What comes of it is ``identify``'s: the fast lane, which has no such context, makes callers too.
"""

from __future__ import annotations

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from starlette.requests import Request

from micro.calls import Caller
from micro.gateway.stages.deadline import asked_deadline
from micro.protocol.connections import current_connection
from micro.protocol.envelope import TIMEOUT_KEY
from micro.protocol.identify import CALLER_KEY, TRACE_KEY, clip, http_caller, stream_caller

Context = ServerRequestContext[Any, Any]


def read_caller(context: Context) -> Caller:
    """Give the caller of a request: from the handshake, or from the request's own ``_meta``."""
    name, version = client_of(context)
    protocol, request = context.protocol_version, http_request(context)
    if request is not None:
        return http_caller(request.scope.get(CALLER_KEY), name, version, protocol=protocol)
    return stream_caller(current_connection(), name, version, protocol=protocol)


def client_of(context: Context) -> tuple[str, str]:
    """Give the client program's name and version, empty if it did not say."""
    params = context.session.client_params
    if params is None:
        return "", ""
    info = params.client_info
    return clip(info.name), clip(info.version)


def read_traceparent(context: Context) -> str:
    """Give the caller's ``traceparent``: from ``_meta``, else the HTTP header, else empty."""
    value: object = context.meta.get("traceparent") if context.meta is not None else None
    if isinstance(value, str):
        return value
    request = http_request(context)
    return request.headers.get("traceparent", "") if request is not None else ""


def read_trace_id(context: Context) -> str:
    """Give the id of the trace that the HTTP request is answered in; empty over a stream."""
    request = http_request(context)
    return request.scope.get(TRACE_KEY, "") if request is not None else ""


def read_deadline(context: Context) -> float | None:
    """Give the deadline of a request that says in ``_meta`` how long its sender waits."""
    return asked_deadline(context.meta.get(TIMEOUT_KEY)) if context.meta is not None else None


def http_request(context: Context) -> Request[Any] | None:
    """Give the HTTP request that carried the message, ``None`` if it came over a stream."""
    request: Request[Any] | None = context.request
    return request


def sdk_connection(session: ServerSession) -> Any:
    """Give the SDK's own connection: it has no public way to learn when a session ends."""
    return session._connection  # pyright: ignore[reportPrivateUsage]
