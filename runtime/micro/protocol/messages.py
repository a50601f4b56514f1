"""JSON-RPC messages as lines of text, for every door that carries them over a stream.

Reads what a client sent into the SDK's types and says what is wrong with what cannot be read.
Knows nothing of bytes on a wire (``doors``).
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, JSONRPCNotification, jsonrpc_message_adapter
from pydantic import ValidationError

from micro.protocol.batches import INVALID
from micro.protocol.endpoint import MESSAGE_LIMIT
from micro.protocol.envelope import NOT_JSON, is_text

ODD_ID = "Invalid request: an id is a string or a whole number"
"""What is said of a request that would be taken for a notification, and never be answered."""


class _Head(msgspec.Struct):
    """What an answer has to know of a message; the rest is skipped."""

    id: Any = msgspec.UNSET


_check_json = msgspec.json.Decoder(msgspec.Raw).decode
_read_head = msgspec.json.Decoder(_Head).decode


class NotAMessage(Exception):
    """A line is no JSON-RPC message; ``answer`` is the line that tells the client so."""

    def __init__(self, code: int, message: str, *, request_id: object = None) -> None:
        super().__init__(message)
        usable = request_id if type(request_id) in (int, str) else None
        error = {"code": code, "message": message}
        self.answer = json.dumps({"jsonrpc": "2.0", "id": usable, "error": error}).encode()


def read_message(line: bytes | None) -> SessionMessage:
    """Read one line; ``None`` stands for one that was too long.

    Raises:
        NotAMessage: It is too long, is not JSON, or is JSON but not a message.
    """
    if line is None:
        limit = f"The message is longer than {MESSAGE_LIMIT} bytes; send less at once."
        raise NotAMessage(INVALID_REQUEST, limit)
    head = _head_of(line)
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except (ValidationError, RecursionError) as error:
        raise NotAMessage(INVALID_REQUEST, INVALID, request_id=head.id) from error
    if isinstance(message, JSONRPCNotification) and head.id is not msgspec.UNSET:
        raise NotAMessage(INVALID_REQUEST, ODD_ID)
    return SessionMessage(message)


def _head_of(line: bytes) -> _Head:
    if not is_text(line):
        raise NotAMessage(PARSE_ERROR, "Parse error: the message is not UTF-8")
    try:
        _check_json(line)
        return _read_head(line)
    except msgspec.ValidationError as error:
        raise NotAMessage(INVALID_REQUEST, INVALID) from error
    except NOT_JSON as error:
        raise NotAMessage(PARSE_ERROR, "Parse error: the message is not JSON") from error


def write_message(message: SessionMessage) -> bytes:
    """Give a message as a line, without its newline."""
    return message.message.model_dump_json(by_alias=True, exclude_unset=True).encode()
