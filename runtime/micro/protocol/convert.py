"""Between the gateway's types and the SDK's: arguments, results, refusals.

Gives plain dictionaries, which the SDK checks against the schema of the era in use. Knows nothing
of who calls or of how the bytes travel; the fast lane writes the same as text (``splice``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from micro.calls import ToolResult
from micro.errors import Refused
from micro.protocol.refusals import TRACE_ID_KEY, error_of
from micro.protocol.splice import GENERATION_KEY

_decode = msgspec.json.Decoder().decode


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
    """Give a refusal as a protocol error."""
    code, message, data = error_of(error)
    return MCPError(code, message, data)
