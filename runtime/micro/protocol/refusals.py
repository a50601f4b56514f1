"""How MCP says that the gateway refused a call; the same on either lane and every door."""

from __future__ import annotations

from typing import Any, ClassVar

from micro.calls import ToolResult
from micro.errors import Refused, UnknownTool

TRACE_ID_KEY = "micro/trace_id"
"""Where a result's ``_meta`` and an error's ``data`` carry the call's trace id."""

INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

MISSING_CAPABILITY = -32021
"""JSON-RPC code of 2026-07-28 for a client that cannot be asked what has to be asked."""

FAILED = -31001
"""JSON-RPC code of a resource or prompt whose code failed, as MCP has no results that say so."""

REFUSED = -31000
"""JSON-RPC code of a refusal that MCP has no code for; outside the range it reserves."""

CANCELLED = -32800
"""JSON-RPC code for a request of an older HTTP session that the client itself cancelled."""


class Unaskable(Refused):
    """The call has to ask something that its client did not say it can be asked."""

    kind: ClassVar[str] = "cannot_ask"

    def __init__(self, message: str, *, needs: dict[str, dict[str, Any]]) -> None:
        super().__init__(message)
        self.needs = needs

    @property
    def details(self) -> dict[str, object]:
        """The same, and the capabilities that are missing, as the client would declare them."""
        return super().details | {"requiredCapabilities": self.needs}


def check_asked(result: ToolResult) -> None:
    """Refuse a client of 2026-07-28 that would have to be asked what it cannot be asked.

    Raises:
        Unaskable: Names the capabilities that are missing.
    """
    if result.fault is None or not result.asks:
        return
    needs: dict[str, dict[str, Any]] = {}
    for question in result.asks:
        ability, _, part = question.needs.partition(".")
        needs.setdefault(ability, {}).update({part: {}} if part else {})
    refusal = Unaskable(result.fault.message, needs=needs)
    refusal.trace_id = result.trace_id
    raise refusal


def error_of(refusal: Refused) -> tuple[int, str, dict[str, Any]]:
    """Give a refusal's code, message and data: an unknown tool is the spec's invalid params."""
    mend = f" To mend it: {refusal.mend}." if refusal.mend else ""
    data = {**refusal.details, TRACE_ID_KEY: refusal.trace_id}
    code = REFUSED
    if isinstance(refusal, UnknownTool):
        code = INVALID_PARAMS
    elif isinstance(refusal, Unaskable):
        code = MISSING_CAPABILITY
    return code, f"{refusal.message}{mend}", data
