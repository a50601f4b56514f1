"""W3C trace context: reads a ``traceparent``, makes ids where none came.

Follows https://www.w3.org/TR/trace-context/ (version 00).
"""

from __future__ import annotations

import os
import random
import re
import sys

_traceparent = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

_random = random.Random()
"""Seeded by the system; asking that each time costs a system call, and the interpreter's lock."""
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_random.seed)


def read_traceparent(header: str) -> tuple[str, str] | None:
    """Give (trace id, parent span id), or ``None`` if the header is not valid."""
    if not header:
        return None
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


def new_trace_id() -> str:
    """Make an id of 32 hex digits; it is no secret."""
    return _random.getrandbits(128).to_bytes(16, "little").hex()


def new_span_id() -> str:
    """Make an id of 16 hex digits; it is no secret."""
    return _random.getrandbits(64).to_bytes(8, "little").hex()
