"""The bodies of REST's requests and answers."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class CallBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /mcp/call``."""

    tool: str
    input: msgspec.Raw = msgspec.Raw(b"{}")


class ToolEntry(msgspec.Struct, kw_only=True, rename="camel"):
    """A tool as ``GET /mcp/tools`` lists it. ``mcp_name`` is the one that MCP clients see."""

    name: str
    mcp_name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    annotations: dict[str, Any]
    scopes: tuple[str, ...]


class ErrorBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Why a call gave no result; ``mend`` says what to do where that is known.

    ``retry_after`` in seconds.
    """

    kind: str
    message: str
    retryable: bool
    mend: str | None = None
    retry_after: float | None = None
    missing_scopes: list[str] = []


class FailedCall(msgspec.Struct, kw_only=True):
    """The body of a call that gave no result.

    ``reload_error``: why it is of older code than what was saved last, if it is.
    """

    error: ErrorBody
    reload_error: str | UnsetType = UNSET
    trace_id: str
