"""Who sends an MCP request, by which door, and in which trace: read from the SDK's context.

What a client says of itself is untrusted text; it is clipped here and checked nowhere.
"""

from __future__ import annotations

from typing import Any

from mcp.server.context import ServerRequestContext
from starlette.requests import Request

from micro.calls import Caller
from micro.protocol.connections import current_connection

CLIENT_NAME_LIMIT = 100
"""Characters kept of a client's name, and of its version."""

Context = ServerRequestContext[Any, Any]


def read_caller(context: Context) -> Caller:
    """Give the caller of a request: from the handshake, or from the request's own ``_meta``."""
    name, version = client_of(context)
    connection = current_connection()
    if http_request(context) is not None:
        return Caller(door="http", client=name, client_version=version)
    door = connection.door if connection is not None else "stdio"
    return Caller(door=door, client=name, client_version=version)


def client_of(context: Context) -> tuple[str, str]:
    """Give the client program's name and version, empty if it did not say."""
    params = context.session.client_params
    if params is None:
        return "", ""
    info = params.client_info
    return info.name[:CLIENT_NAME_LIMIT], info.version[:CLIENT_NAME_LIMIT]


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
