"""W3C trace context: reads a ``traceparent``, makes ids where none came.

Follows https://www.w3.org/TR/trace-context/ (version 00).
"""

from __future__ import annotations

import re
from os import urandom

_traceparent = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def read_traceparent(header: str) -> tuple[str, str] | None:
    """Give (trace id, parent span id), or ``None`` if the header is not valid."""
    match = _traceparent.fullmatch(header.strip())
    if match is None:
        return None
    version, trace_id, parent_id, rest = match.groups()
    if (
        version == "ff"
        or (version == "00" and rest)
        or not (int(trace_id, 16) and int(parent_id, 16))
    ):
        return None
    return trace_id, parent_id


def new_ids() -> tuple[str, str]:
    """Make a trace id of 32 hex digits and a span id of 16."""
    digits = urandom(24).hex()
    return digits[:32], digits[32:]
