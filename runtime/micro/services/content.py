"""Values that a tool returns to show something other than data: images, sound, mixtures.

They become MCP content blocks. Structured results are made in ``results``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pydantic_core

from micro.calls import ToolResult

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture: the file's bytes and its MIME type."""

    data: bytes
    mime_type: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A sound: the file's bytes and its MIME type."""

    data: bytes
    mime_type: str = "audio/wav"


SHOWN = (Image, Audio, ToolResult)
"""Types that mean content, not data: a result that has one gets no output schema."""

_block_types = ("text", "image", "audio", "resource", "resource_link")


def is_content(value: object) -> bool:
    """Whether a returned value is to be shown as it is: an image, a sound, or a list with one."""
    if isinstance(value, Image | Audio):
        return True
    return isinstance(value, list | tuple) and any(
        isinstance(each, Image | Audio) for each in cast("list[object]", value)
    )


def blocks_of(value: object) -> tuple[Block, ...]:
    """Give the content blocks of an image, a sound, or a list of those, texts, blocks and data."""
    if isinstance(value, list | tuple):
        return tuple(_block(each) for each in cast("list[object]", value))
    return (_block(value),)


def text_block(text: str) -> Block:
    """Give a text as a content block."""
    return {"type": "text", "text": text}


def check_result(result: ToolResult) -> ToolResult:
    """Refuse a result made by hand that could not go out.

    Raises:
        ValueError: Its content is no list of blocks, or its structured content no JSON object.
    """
    for block in result.content:
        if not isinstance(cast("object", block), Mapping) or block.get("type") not in _block_types:
            raise ValueError(f"{block!r:.200} is no content block of MCP")
    pydantic_core.to_json(result.content)
    if result.structured is not None:
        value = pydantic_core.from_json(result.structured, allow_inf_nan=False)
        if not isinstance(value, dict):
            raise ValueError("structured content is no JSON object")
    return result


def _block(value: object) -> Block:
    match value:
        case Image():
            return {"type": "image", "data": _base64(value.data), "mimeType": value.mime_type}
        case Audio():
            return {"type": "audio", "data": _base64(value.data), "mimeType": value.mime_type}
        case str():
            return text_block(value)
        case {"type": str(kind)} if kind in _block_types:
            return cast("Block", value)
        case _:
            return text_block(pydantic_core.to_json(value).decode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
