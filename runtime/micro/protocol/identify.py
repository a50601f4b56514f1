"""Who a message is from: made here, whichever lane it takes.

What a client says of itself is untrusted text; it is clipped here and checked nowhere.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec.structs import replace

from micro.calls import Caller
from micro.protocol.connections import Connection

CALLER_KEY = "micro.caller"
"""Key in a request's scope: the ``Caller`` that its token stands for; absent if nobody asked."""

TRACE_KEY = "micro.trace_id"
"""Key in a request's scope: the id of the trace that it is answered in."""

CLIENT_NAME_LIMIT = 100
"""Characters kept of a client's name, and of its version."""

_ANYONE = Caller(door="stdio")


def clip(text: str) -> str:
    """Give as much of a client's word as is kept."""
    return text[:CLIENT_NAME_LIMIT]


def http_caller(sender: Caller | None, client: str, version: str, *, protocol: str) -> Caller:
    """Give the caller of a message that came over HTTP; ``sender``: as its token says."""
    if sender is None:
        return _stranger(clip(client), clip(version), protocol)
    return replace(sender, client=clip(client), client_version=clip(version), protocol=protocol)


@lru_cache(maxsize=256)
def _stranger(client: str, version: str, protocol: str) -> Caller:
    return Caller(door="http", client=client, client_version=version, protocol=protocol)


def stream_caller(
    connection: Connection | None, client: str, version: str, *, protocol: str
) -> Caller:
    """Give the caller of a message that came over a stream."""
    sender = connection.caller if connection is not None else _ANYONE
    return replace(sender, client=clip(client), client_version=clip(version), protocol=protocol)
