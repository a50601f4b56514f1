"""Turns what a tool returned into what goes out: JSON, encoded once, and a text for the model.

One compiled validator and serializer a tool, made once. Content that is no data is in ``content``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pydantic_core
from pydantic_core import SchemaSerializer

from micro.calls import ToolResult
from micro.services.content import (
    SHOWN,
    Block,
    blocks_of,
    check_result,
    is_content,
    plain,
    text_block,
)
from micro.services.schema import Schema, record, rooted, schema_of
from micro.services.signature import EMPTY
from micro.services.typeforms import is_data, leaves, readable

Encoded = tuple[tuple[Block, ...], bytes | None]
"""Content blocks, and the JSON text of the structured content."""

_PREFIX = len(b'{"result":')


class BadResult(Exception):
    """What the tool returned cannot go out as declared; the message is for the developer."""


class Result:
    """What one tool gives. Lives as long as the generation it was compiled for.

    Args:
        returns: The declared type of the result; ``EMPTY`` if none is.

    Attributes:
        schema: JSON Schema of the structured content, always an object: any other type stands
            under ``result``. ``None`` where no type is promised.
    """

    def __init__(self, returns: Any) -> None:
        self.schema: Schema | None = None
        self._wrapped = False
        self._encode: Callable[[Any], Encoded] = _encode_untyped
        if returns is None or returns is type(None):
            self._encode = _encode_nothing
        elif returns not in (EMPTY, Any, object) and not leaves(returns) & set(SHOWN):
            self._compile(returns)

    def encode(self, value: Any) -> Encoded:
        """Give the content blocks and the structured content.

        Raises:
            BadResult: The value does not fit the declared type, or is no JSON.
        """
        try:
            return self._encode(value)
        except BadResult:
            raise
        except Exception as error:
            raise BadResult(_reason(error, value)) from error

    def _compile(self, returns: Any) -> None:
        adapter = record({"result": readable(returns)}, extra="ignore")
        whole = schema_of(adapter, "serialization")
        alone = rooted(whole["properties"]["result"], whole)
        self._wrapped = alone.get("type") != "object"
        self.schema = whole if self._wrapped else alone
        self._validate = adapter.validator.validate_python
        # pydantic heeds the bytes of a TypedDict's config on the way in only
        serializer = SchemaSerializer(adapter.core_schema, {"ser_json_bytes": "base64"})
        # what is told of objects that no longer fit their class is told as an error
        strictly: dict[str, Any] = {} if is_data(returns) else {"warnings": "error"}
        self._serialize = partial(serializer.to_json, by_alias=True, **strictly)
        self._encode = self._encode_typed

    def _encode_typed(self, value: Any) -> Encoded:
        fitting = self._validate({"result": value})
        whole = self._serialize(fitting)
        alone = whole[_PREFIX:-1]
        return (text_block(_text(alone)),), whole if self._wrapped else alone


def _encode_nothing(value: Any) -> Encoded:
    if value is not None:
        raise BadResult(f"returned {type(value).__name__} and declares None")
    return (), None


def _encode_untyped(value: Any) -> Encoded:
    if value is None:
        return (), None
    if is_content(value):
        return blocks_of(value), None
    encoded = pydantic_core.to_json(
        value, by_alias=True, bytes_mode="base64", inf_nan_mode="null", fallback=plain
    )
    return (text_block(_text(encoded)),), encoded if encoded[:1] == b"{" else None


def _text(encoded: bytes) -> str:
    """Give a JSON string as plain text, anything else as it is."""
    return pydantic_core.from_json(encoded) if encoded[:1] == b'"' else encoded.decode()


def handmade(result: ToolResult) -> ToolResult:
    """Check a ``ToolResult`` that the tool made itself.

    Raises:
        BadResult: It could not go out.
    """
    try:
        return check_result(result)
    except Exception as error:
        raise BadResult(f"returned a ToolResult that cannot go out: {error}") from error


def _reason(error: Exception, value: Any) -> str:
    if not isinstance(error, pydantic_core.ValidationError):
        return f"returned {type(value).__name__}, which is no JSON: {error}"
    lines = [f"returned {type(value).__name__}, which does not fit the declared result:"]
    for each in error.errors(include_url=False)[:5]:
        place = ".".join(str(part) for part in each["loc"][1:]) or "the value"
        lines.append(f"- {place} is {each['input']!r:.80}: {each['msg']}")
    return "\n".join(lines)
