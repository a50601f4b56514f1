"""How MCP says that the gateway refused a call; the same on either lane and every door."""

from __future__ import annotations

from typing import Any

from micro.errors import Refused, UnknownTool

TRACE_ID_KEY = "micro/trace_id"
"""Where a result's ``_meta`` and an error's ``data`` carry the call's trace id."""

INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

REFUSED = -31000
"""JSON-RPC code of a refusal that MCP has no code for; outside the range it reserves."""

CANCELLED = -32800
"""JSON-RPC code for a request of an older HTTP session that the client itself cancelled."""


def error_of(refusal: Refused) -> tuple[int, str, dict[str, Any]]:
    """Give a refusal's code, message and data: an unknown tool is the spec's invalid params."""
    mend = f" To mend it: {refusal.mend}." if refusal.mend else ""
    data = {**refusal.details, TRACE_ID_KEY: refusal.trace_id}
    code = INVALID_PARAMS if isinstance(refusal, UnknownTool) else REFUSED
    return code, f"{refusal.message}{mend}", data
