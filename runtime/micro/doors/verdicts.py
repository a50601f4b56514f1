"""How HTTP says that the gateway refused a call, or what it told beside the result.

The same verdict as on every other door; only the dress is HTTP's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Scope

from micro.calls import ToolResult
from micro.doors.asgi import Header, Problem, header
from micro.errors import MissingScopes, Refused, Unauthenticated
from micro.gateway.stages.rates import REMAINING_KEY

METADATA_PATH = "/.well-known/oauth-protected-resource"
METADATA_KEY = "micro.resource_metadata"
"""Key in a request's scope: URL of the metadata, where there is an authorization server."""

_STATUS: Mapping[str, HTTPStatus] = {
    "unknown_tool": HTTPStatus.NOT_FOUND,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "insufficient_scope": HTTPStatus.FORBIDDEN,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "circuit_open": HTTPStatus.SERVICE_UNAVAILABLE,
    "queue_full": HTTPStatus.SERVICE_UNAVAILABLE,
    "approval_denied": HTTPStatus.FORBIDDEN,
    "approval_timed_out": HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "audit_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(refusal: Refused) -> HTTPStatus:
    """Give the status of a refusal."""
    return _STATUS.get(refusal.kind, HTTPStatus.FORBIDDEN)


def refusal_headers(refusal: Refused, scope: Scope) -> tuple[Header, ...]:
    """Give what goes out with a refusal.

    ``Retry-After`` where time mends it, in whole seconds (RFC 9110, 10.2.3); ``WWW-Authenticate``
    where a token would, or another one (RFC 6750, 3; RFC 9728, 5.1).
    """
    headers: list[Header] = []
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(math.ceil(refusal.retry_after)).encode()))
    if isinstance(refusal, Unauthenticated | MissingScopes):
        headers.append((b"www-authenticate", _challenge(refusal, scope)))
    return tuple(headers)


def _challenge(refusal: Unauthenticated | MissingScopes, scope: Scope) -> bytes:
    parts: dict[str, str] = {"realm": "micro"}
    if isinstance(refusal, MissingScopes):
        wanted = " ".join(words.partition("|")[0] for words in refusal.missing)
        parts |= {"error": "insufficient_scope", "scope": wanted}
    elif header(scope, b"authorization"):
        parts |= {"error": "invalid_token"}
    if "error" in parts:
        parts["error_description"] = refusal.message
    if metadata := scope.get(METADATA_KEY):
        parts["resource_metadata"] = metadata
    words = ", ".join(f'{key}="{_quoted(value)}"' for key, value in parts.items())
    return f"Bearer {words}".encode("ascii", "replace")


def _quoted(value: str) -> str:
    """Leave out what would end the quotes or the header."""
    return "".join(c for c in value if c.isprintable() and c not in '"\\')


def refusal_problem(refusal: Refused, scope: Scope) -> Problem:
    """Give a refusal of what is no call as the problem that is answered with."""
    return Problem(
        status_of(refusal),
        refusal.kind,
        message=refusal.message,
        mend=refusal.mend,
        headers=refusal_headers(refusal, scope),
    )


def result_headers(result: ToolResult) -> tuple[Header, ...]:
    """Give what is left of the tightest rate limit, where there is one."""
    remaining = result.meta.get(REMAINING_KEY)
    return () if remaining is None else ((b"ratelimit-remaining", str(remaining).encode()),)
