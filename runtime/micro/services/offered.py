"""Turns what a resource, a prompt or a completer returned into what MCP has for it, as JSON.

The same way out as a tool's result (``results``): the structured content is MCP's own result.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any, Union, cast

import pydantic_core

from micro.services.content import Audio, Image, Resource, resource_contents
from micro.services.messages import message_blocks
from micro.services.results import BadResult, Encoded
from micro.services.signature import EMPTY
from micro.services.typeforms import leaves

COMPLETIONS = 100
"""Values that a client is given to choose from, as MCP bounds them."""

_mime_types: dict[Any, str] = {str: "text/plain", bytes: "application/octet-stream"}
_unsaid: set[Any] = {EMPTY, Any, object, Resource, Image, Audio, type(None)}
"""Types that say nothing of the content, or say it when it is read."""


class Offered:
    """What one resource, prompt or completer gives.

    Args:
        encode: Makes MCP's result of what was returned.
    """

    schema = None
    """Nothing is promised of it: MCP says what it is."""

    def __init__(self, encode: Callable[[Any], dict[str, Any] | None]) -> None:
        self._encode = encode

    def encode(self, value: Any) -> Encoded:
        """Give no content blocks, and MCP's result; neither if there is nothing.

        Raises:
            BadResult: The value cannot be one.
        """
        try:
            made = self._encode(value)
            return (), None if made is None else pydantic_core.to_json(made)
        except Exception as error:
            raise BadResult(f"returned {type(value).__name__}, which cannot go out: {error}") from (
                error
            )


def resource_result(mime_type: str) -> Offered:
    """Make what encodes a resource. ``None`` means that there is no such resource.

    Args:
        mime_type: Where the content does not say; empty: by its type.
    """

    def encode(value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        every = cast("list[object]", value if isinstance(value, list | tuple) else [value])
        resources = [each for each in every if isinstance(each, Resource)]
        if resources and len(resources) == len(every):
            contents = [resource_contents(each, mime_type) for each in resources]
        elif isinstance(value, Image | Audio):
            contents = [resource_contents(Resource(data=value.data, mime_type=value.mime_type))]
        else:
            contents = [resource_contents(Resource(data=value), mime_type)]
        return {"contents": contents}

    return Offered(encode)


def prompt_result() -> Offered:
    """Make what encodes a prompt."""
    return Offered(lambda value: {"messages": message_blocks(value)})


def completer_result() -> Offered:
    """Make what encodes the values that may stand in an argument."""

    def encode(value: Any) -> dict[str, Any]:
        values = [str(each) for each in value]
        more = len(values) > COMPLETIONS
        return {"values": values[:COMPLETIONS], "total": len(values), "hasMore": more}

    return Offered(encode)


def judge_result() -> Offered:
    """Make what encodes whether somebody has to allow a call: a text is the reason to ask."""

    def encode(value: Any) -> dict[str, Any]:
        return {"asks": bool(value), "reason": value if isinstance(value, str) else ""}

    return Offered(encode)


def mime_type_of(returns: Any) -> str:
    """Give the MIME type of what is declared to be returned; empty where that does not say."""
    if typing.get_origin(returns) in (Union, types.UnionType):
        kinds = [each for each in typing.get_args(returns) if each is not type(None)]
        return mime_type_of(kinds[0]) if len(kinds) == 1 else ""
    inside = leaves(returns)
    if len(inside) == 1 and returns in _mime_types:
        return _mime_types[returns]
    return "" if inside & _unsaid else "application/json"
