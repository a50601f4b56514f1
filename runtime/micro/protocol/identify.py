"""Who a message is from: made here, whichever lane it takes.

What a client says of itself is untrusted text; it is clipped here and checked nowhere.
"""

from __future__ import annotations

from starlette.types import Scope

from micro.calls import Caller
from micro.protocol.connections import Connection

CLIENT_NAME_LIMIT = 100
"""Characters kept of a client's name, and of its version."""


def clip(text: str) -> str:
    """Give as much of a client's word as is kept."""
    return text[:CLIENT_NAME_LIMIT]


def http_caller(scope: Scope, client: str, version: str) -> Caller:
    """Give the caller of a message that came over HTTP, by the request's ``scope``."""
    return Caller(door="http", client=clip(client), client_version=clip(version))


def stream_caller(connection: Connection | None, client: str, version: str) -> Caller:
    """Give the caller of a message that came over a stream."""
    door = connection.door if connection is not None else "stdio"
    return Caller(door=door, client=clip(client), client_version=clip(version))
