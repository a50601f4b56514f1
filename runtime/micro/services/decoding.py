"""Decodes what clients send as JSON text where a value belongs: ``"[1, 2]"`` for a list.

Only tried on what did not fit as it was sent. Words nothing.
"""

from __future__ import annotations

from typing import Any, cast

import pydantic_core
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from micro.services.schema import kind_of

Path = tuple[str | int, ...]


def read_object(sent: bytes) -> dict[str, Any]:
    """Decode the text of an object; nothing or ``null`` is an empty one.

    An object that was encoded twice is decoded twice.

    Raises:
        ValueError: It is no JSON, or no object; the message says which.
    """
    if not sent.strip():
        return {}
    try:
        value = pydantic_core.from_json(sent, allow_inf_nan=False)
        if isinstance(value, str) and value.lstrip()[:1] == "{":
            value = pydantic_core.from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"the arguments are not valid JSON: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"the arguments are a JSON {kind_of(value)}, not an object")
    return cast("dict[str, Any]", value)


def data_path(loc: Path, sent: object) -> tuple[Path, Any]:
    """Follow an error's location into the data: where it ends, and what stands there.

    pydantic puts names of union branches into locations; those lead nowhere and are skipped.
    """
    path: list[str | int] = []
    value: Any = sent
    for part in loc:
        if _leads(value, part):
            path.append(part)
            value = value[part]
    return tuple(path), value


def _leads(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and 0 <= part < len(cast("list[Any]", value))
    return isinstance(value, dict) and part in value


def decode_texts(sent: dict[str, Any], error: ValidationError) -> dict[str, Any] | None:
    """Decode, in place, the texts that an error is about; ``None`` if there was none to decode."""
    changed = False
    for each in error.errors(include_url=False, include_context=False):
        path, value = data_path(each["loc"], sent)
        if path and isinstance(value, str) and not _wants_text(each):
            changed |= _decode(sent, path, value)
    return sent if changed else None


def _wants_text(error: ErrorDetails) -> bool:
    return error["type"].startswith(("string_", "value_error", "assertion_error"))


def _decode(sent: Any, path: Path, text: str) -> bool:
    try:
        value = pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError:
        return False
    if isinstance(value, str):
        return False
    holder: Any = sent
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return True
