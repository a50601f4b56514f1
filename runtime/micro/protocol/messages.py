"""JSON-RPC messages as lines of text, for every door that carries them over a stream.

Reads what a client sent into the SDK's types and says what is wrong with what cannot be read.
Knows nothing of bytes on a wire (``doors``).
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, jsonrpc_message_adapter
from pydantic import ValidationError

from micro.protocol.endpoint import MESSAGE_LIMIT

_whole = msgspec.json.Decoder(msgspec.Raw)


class NotAMessage(Exception):
    """A line is no JSON-RPC message; ``answer`` is the line that tells the client so."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer)
        self.answer = answer


def read_message(line: bytes | None) -> SessionMessage:
    """Read one line; ``None`` stands for one that was too long.

    Raises:
        NotAMessage: It is too long, is not JSON, or is JSON but not a message.
    """
    if line is None:
        limit = f"The message is longer than {MESSAGE_LIMIT} bytes; send less at once."
        raise NotAMessage(_error(INVALID_REQUEST, limit))
    try:
        _whole.decode(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotAMessage(_error(PARSE_ERROR, "Parse error: the line is not JSON")) from error
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except (ValidationError, RecursionError) as error:
        raise NotAMessage(
            _error(INVALID_REQUEST, "Invalid request: one JSON-RPC 2.0 object a line")
        ) from error


def write_message(message: SessionMessage) -> bytes:
    """Give a message as a line, newline included."""
    text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
    return text.encode() + b"\n"


def _error(code: int, message: str) -> bytes:
    body: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": code, "message": message},
    }
    return json.dumps(body).encode() + b"\n"
