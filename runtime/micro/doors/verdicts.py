"""How HTTP says that the gateway refused a call, or what it told beside the result.

The same verdict as on every other door; only the dress is HTTP's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from micro.calls import ToolResult
from micro.doors.asgi import Header
from micro.errors import Refused
from micro.gateway.stages.rates import REMAINING_KEY

_STATUS: Mapping[str, HTTPStatus] = {
    "unknown_tool": HTTPStatus.NOT_FOUND,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "insufficient_scope": HTTPStatus.FORBIDDEN,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "circuit_open": HTTPStatus.SERVICE_UNAVAILABLE,
    "queue_full": HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(refusal: Refused) -> HTTPStatus:
    """Give the status of a refusal."""
    return _STATUS.get(refusal.kind, HTTPStatus.FORBIDDEN)


def refusal_headers(refusal: Refused) -> tuple[Header, ...]:
    """Give ``Retry-After`` where time mends it: whole seconds, rounded up (RFC 9110, 10.2.3)."""
    if refusal.retry_after is None:
        return ()
    return ((b"retry-after", str(math.ceil(refusal.retry_after)).encode()),)


def result_headers(result: ToolResult) -> tuple[Header, ...]:
    """Give what is left of the tightest rate limit, where there is one."""
    remaining = result.meta.get(REMAINING_KEY)
    return () if remaining is None else ((b"ratelimit-remaining", str(remaining).encode()),)
