"""What stands in a case for a value that is another each time: an id, a time, anything. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from micro.redaction import MASK

_DAY = 86_400.0
_MILLISECONDS = 1000.0
_SINCE_2001 = (1e9, 1e11)
"""Seconds since the epoch; a thousand times as much is in milliseconds."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_MADE = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{26}|(?=.*\d)[0-9a-f]{16,64}|[a-z]+_(?=.*\d)[A-Za-z0-9]{12,}"
)
"""A ULID, a long hexadecimal number, or as ``ord_4fK2…``."""
_ID_KEY = re.compile(r"(?:^|_)(?:uu)?ids?$|[a-z0-9]I[dD]s?$")


@dataclass(frozen=True, slots=True)
class Matcher:
    """Stands for every value of a kind. ``pattern`` is the regular expression of ``match``."""

    kind: str
    pattern: str = ""

    def fits(self, value: Any) -> bool:
        """Whether a value is of the kind."""
        if self.kind == "match":
            return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None
        return KINDS[self.kind][1](value)

    def __str__(self) -> str:
        return f"what matches {self.pattern}" if self.kind == "match" else KINDS[self.kind][0]


def with_matchers(value: Any, *, given: Any, moment: float) -> Any:
    """Give a result with a matcher in place of each value that will be another next time.

    Args:
        value: What a call gave.
        given: The call's arguments: what stands in them is no accident, and stays as it is.
        moment: When the call was made, in seconds since the epoch.
    """
    known = frozenset(_scalars(given))

    def change(inner: Any, key: str) -> Any:
        if isinstance(inner, dict):
            found = cast("dict[str, Any]", inner)
            return {name: change(each, name) for name, each in found.items()}
        if isinstance(inner, list):
            return [change(each, key) for each in cast("list[Any]", inner)]
        kind = None if inner in known else _kind_of(inner, key, moment)
        return inner if kind is None else Matcher(kind)

    return change(value, "")


def _kind_of(value: Any, key: str, moment: float) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        near = any(abs(value - moment * unit) < _DAY * unit for unit in (1, _MILLISECONDS))
        return "time" if near else "id" if _ID_KEY.search(key) else None
    if MASK in value:
        return "any"
    if _UUID.fullmatch(value):
        return "uuid"
    if _is_time(value):
        return "time"
    return "id" if _MADE.fullmatch(value) or (_is_id(value) and _ID_KEY.search(key)) else None


def _scalars(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return [
            each for inner in cast("dict[str, Any]", value).values() for each in _scalars(inner)
        ]
    if isinstance(value, list):
        return [each for inner in cast("list[Any]", value) for each in _scalars(inner)]
    return [value]


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not re.search(r"\s", value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    if isinstance(value, str):
        try:
            return _TIME.match(value) is not None and bool(datetime.fromisoformat(value))
        except ValueError:
            return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = _SINCE_2001
    return low <= value < high or low <= value / _MILLISECONDS < high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "any": ("any value", lambda value: True),
    "id": ("an id", _is_id),
    "uuid": ("a UUID", lambda value: isinstance(value, str) and bool(_UUID.fullmatch(value))),
    "time": ("a time", _is_time),
    "number": ("a number", _is_number),
    "text": ("text", lambda value: isinstance(value, str)),
}
"""By the tag in a case file, without its ``!``: what people call it, and what fits."""
