"""Values that are returned to show something other than data: images, sound, resources, mixtures.

They become MCP content blocks. Structured results are made in ``results``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The content of a resource: text, bytes, or data that is written as JSON.

    In a tool's result or a prompt it needs its ``uri``; where a resource is read, that is known.
    """

    data: Any
    uri: str = ""
    mime_type: str = ""


SHOWN = (Image, Audio, Resource, ToolResult)
"""Types that mean content, not data: a result that has one gets no output schema."""

_block_types = ("text", "image", "audio", "resource", "resource_link")


def is_content(value: object) -> bool:
    """Whether a returned value is to be shown as it is: an image and so on, or a list with one."""
    if isinstance(value, Image | Audio | Resource):
        return True
    return isinstance(value, list | tuple) and any(
        isinstance(each, Image | Audio | Resource) for each in cast("list[object]", value)
    )


def blocks_of(value: object) -> tuple[Block, ...]:
    """Give the content blocks of an image, a sound, or a list of those, texts, blocks and data."""
    if isinstance(value, list | tuple):
        return tuple(block_of(each) for each in cast("list[object]", value))
    return (block_of(value),)


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


def block_of(value: object) -> Block:
    """Give the content block of a value; data is written as JSON."""
    match value:
        case Resource():
            if not value.uri:
                raise ValueError("a Resource that is shown needs its uri")
            return {"type": "resource", "resource": resource_contents(value)}
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


def resource_contents(resource: Resource, mime_type: str = "") -> dict[str, Any]:
    """Give a resource's content as MCP has it; ``mime_type`` where the content does not say."""
    data = resource.data
    if isinstance(data, bytes | bytearray):
        kind, key, content = "application/octet-stream", "blob", _base64(data)
    elif isinstance(data, str):
        kind, key, content = "text/plain", "text", data
    else:
        kind, key, content = "application/json", "text", json_text(data)
    contents: dict[str, Any] = {"mimeType": resource.mime_type or mime_type or kind, key: content}
    return {"uri": resource.uri, **contents} if resource.uri else contents


def json_text(value: Any) -> str:
    """Give data as JSON text."""
    encoded = pydantic_core.to_json(
        value, by_alias=True, bytes_mode="base64", inf_nan_mode="null", fallback=plain
    )
    return encoded.decode()


def plain(value: Any) -> Any:
    """Give a msgspec struct as plain data, which pydantic does not know."""
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value, str_keys=True)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()
