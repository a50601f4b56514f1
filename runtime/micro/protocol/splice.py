"""Answers of the fast lane as JSON text, put together from text that is there already.

Knows nothing of what is answered (``fast``) or of how it travels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pydantic_core

from micro.calls import ToolResult
from micro.protocol.identity import Identity
from micro.protocol.refusals import TRACE_ID_KEY

GENERATION_KEY = "micro/generation"
"""Where a result's ``_meta`` says which generation of the code answered."""

SERVER_KEY = "io.modelcontextprotocol/serverInfo"

_encode = msgspec.json.Encoder().encode
_trace_key = _encode(TRACE_ID_KEY)
_generation_key = _encode(GENERATION_KEY)


class Endings:
    """How results end in either era: those of 2026-07-28 say that they are whole, and whose."""

    def __init__(self, identity: Identity) -> None:
        server = _encode({"name": identity.name, "version": identity.version})
        stamp = b"%b:%b" % (_encode(SERVER_KEY), server)
        self._stamp = b"," + stamp
        self._whole = b'"resultType":"complete","_meta":{%b}' % stamp

    def call(self, result: ToolResult, *, modern: bool) -> bytes:
        """Give the members of a call's result that come after what the tool gave."""
        stamp = self._stamp if modern else b""
        ids = b'%b:"%b",%b:%d%b' % (
            _trace_key,
            result.trace_id.encode(),
            _generation_key,
            result.generation,
            stamp,
        )
        if result.meta:
            ids = _json(result.meta)[1:-1] + b"," + ids
        return b'%b"_meta":{%b}' % (b'"resultType":"complete",' if modern else b"", ids)

    def cacheable(self, members: bytes, *, modern: bool) -> bytes:
        """Give a whole result that clients of 2026-07-28 may keep, though not for long."""
        if not modern:
            return b"{%b}" % members
        return b'{%b,"ttlMs":0,"cacheScope":"private",%b}' % (members, self._whole)


def answer(request: int | str, result: bytes) -> bytes:
    """Give a response with its result."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (_encode(request), result)


def failure(request: int | str | None, code: int, message: str, data: Any = None) -> bytes:
    """Give a response with an error."""
    error = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (_encode(request), _json(error))


def call_members(result: ToolResult) -> bytes:
    """Give the members of a call's result that the tool made."""
    failed = b"true" if result.is_error else b"false"
    text = result.structured
    if text is None:
        return b'"content":%b,"isError":%b' % (_content(result.content), failed)
    content = _content(result.content) if result.content else _text_block(text.decode())
    if b"\n" in text or b"\r" in text:  # a line is one message
        text = msgspec.json.format(text, indent=-1)
    return b'"content":%b,"isError":%b,"structuredContent":%b' % (content, failed, text)


def _content(blocks: Sequence[Mapping[str, Any]]) -> bytes:
    if len(blocks) == 1:
        block = blocks[0]
        if len(block) == 2 and block.get("type") == "text":
            return _text_block(block["text"])
    return _json(blocks)


def _text_block(text: str) -> bytes:
    return b'[{"type":"text","text":%b}]' % _encode(text)


def _json(value: Any) -> bytes:
    """Give what a tool or a refusal holds; a number that JSON does not have becomes null."""
    return pydantic_core.to_json(value, inf_nan_mode="null")
