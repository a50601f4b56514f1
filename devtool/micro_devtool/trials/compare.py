"""Where two results differ, value by value. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from micro_devtool.cases.matchers import Matcher

_SHOWN = 60
"""Characters of a value that are shown."""


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield a line for each difference: ``items[2].price: 3 → 4``; matchers take all that fits."""
    place = path or "the result"
    if isinstance(before, Matcher):
        if not before.fits(after):
            yield f"{place}: {_shown(after)} is not {before}"
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _tables(cast("dict[str, Any]", before), cast("dict[str, Any]", after), path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(cast("list[Any]", before), cast("list[Any]", after), path)
    elif _shown(before) != _shown(after) or before != after:
        yield f"{place}: {_shown(before)} → {_shown(after)}"


def _tables(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        place = f"{path}.{key}" if path else key
        if key not in after:
            yield f"{place}: {_shown(before[key])} is gone"
        elif key not in before:
            yield f"{place}: {_shown(after[key])} is new"
        else:
            yield from differences(before[key], after[key], place)


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[str]:
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        yield from differences(old, new, f"{path}[{index}]")
    for index in range(len(after), len(before)):
        yield f"{path}[{index}]: {_shown(before[index])} is gone"
    for index in range(len(before), len(after)):
        yield f"{path}[{index}]: {_shown(after[index])} is new"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
