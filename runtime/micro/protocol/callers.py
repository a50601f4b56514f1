"""Who sends an MCP request, by which door, and in which trace: read from the SDK's context.

What comes of it is ``identify``'s: the fast lane, which has no such context, makes callers too.
"""

from __future__ import annotations

from typing import Any

from mcp.server.context import ServerRequestContext
from starlette.requests import Request

from micro.calls import Caller
from micro.protocol.connections import current_connection
from micro.protocol.identify import clip, http_caller, stream_caller

Context = ServerRequestContext[Any, Any]


def read_caller(context: Context) -> Caller:
    """Give the caller of a request: from the handshake, or from the request's own ``_meta``."""
    name, version = client_of(context)
    request = http_request(context)
    if request is not None:
        return http_caller(request.scope, name, version)
    return stream_caller(current_connection(), name, version)


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


def http_request(context: Context) -> Request[Any] | None:
    """Give the HTTP request that carried the message, ``None`` if it came over a stream."""
    request: Request[Any] | None = context.request
    return request
