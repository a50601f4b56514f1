"""Between the gateway's types and MCP's wire: tools, arguments, results, refusals.

Gives plain dictionaries, which the SDK checks against the schema of the era in use. Knows nothing
of who calls or of how the bytes travel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from micro.calls import Tool, ToolResult, ToolSpec
from micro.errors import Refused, UnknownTool

TRACE_ID_KEY = "micro/trace_id"
"""Where a result's ``_meta`` and an error's ``data`` carry the call's trace id."""

GENERATION_KEY = "micro/generation"
"""Where a result's ``_meta`` says which generation of the code answered."""

REFUSED = -31000
"""JSON-RPC code of a refusal that MCP has no code for; outside the range it reserves."""

_decode = msgspec.json.Decoder().decode


def list_result(tools: Sequence[Tool]) -> dict[str, Any]:
    """Give the result of ``tools/list``.

    It stays private to the caller: later it depends on what the caller may do.
    """
    return {
        "tools": [tool_entry(tool.spec) for tool in tools],
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "private",
    }


def tool_entry(spec: ToolSpec) -> dict[str, Any]:
    """Give a tool as the list has it; what is not known is left out."""
    entry: dict[str, Any] = {"name": spec.wire_name, "inputSchema": spec.input_schema}
    if spec.title:
        entry["title"] = spec.title
    if spec.description:
        entry["description"] = spec.description
    if spec.output_schema is not None:
        entry["outputSchema"] = spec.output_schema
    if spec.annotations:
        entry["annotations"] = spec.annotations
    return entry


def encode_arguments(arguments: Mapping[str, Any] | None) -> bytes:
    """Give a call's arguments as JSON text.

    Raises:
        MCPError: They hold NaN, an infinity or half of a surrogate pair: Python's parser takes
            these, JSON does not have them.
    """
    if not arguments:
        return b"{}"
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        message = "arguments hold NaN or an infinity; JSON has neither: send null or a string"
        raise MCPError(INVALID_PARAMS, message) from error
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = "arguments hold half of a surrogate pair, which is no text: send the whole pair"
        raise MCPError(INVALID_PARAMS, message) from error


def call_result(result: ToolResult) -> dict[str, Any]:
    """Give the result of ``tools/call``: a tool that failed is a result too, for the model."""
    body: dict[str, Any] = {
        "content": [dict(block) for block in result.content],
        "isError": result.is_error,
        "resultType": "complete",
        "_meta": {
            **result.meta,
            TRACE_ID_KEY: result.trace_id,
            GENERATION_KEY: result.generation,
        },
    }
    if result.structured is not None:
        body["structuredContent"] = _decode(result.structured)
        if not result.content:
            body["content"] = [{"type": "text", "text": result.structured.decode()}]
    return body


def refusal(error: Refused) -> MCPError:
    """Give a refusal as a protocol error: an unknown tool is the spec's invalid params."""
    message = f"{error.message} To mend it: {error.mend}." if error.mend else error.message
    data = {**error.details, TRACE_ID_KEY: error.trace_id}
    code = INVALID_PARAMS if isinstance(error, UnknownTool) else REFUSED
    return MCPError(code, message, data)
