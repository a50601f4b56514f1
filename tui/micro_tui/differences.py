"""What two JSON texts have different, path by path; words are compared if one is no JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Literal, cast

LIMIT = 500
"""Differences that are told."""

_LONG = 400
"""Members of a list from which it is compared place by place."""

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two values differ; ``before`` and ``after`` are JSON, empty for nothing."""

    kind: Literal["added", "removed", "changed"]
    path: str
    before: str
    after: str


def differences(before: str, after: str) -> list[Difference]:
    """Compare two texts; gives no more than ``LIMIT`` differences."""
    return list(islice(_compare(_value(before), _value(after), ""), LIMIT))


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
        return value
    except (ValueError, RecursionError):
        return text


def _compare(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(cast("dict[str, Any]", before), cast("dict[str, Any]", after), path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(cast("list[Any]", before), cast("list[Any]", after), path)
    elif _json(before) != _json(after):
        yield Difference(kind="changed", path=path, before=_json(before), after=_json(after))


def _objects(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        inner = f"{path}.{name}" if path else name
        if name in before and name in after:
            yield from _compare(before[name], after[name], inner)
        else:
            yield _difference(before.get(name, _MISSING), after.get(name, _MISSING), inner)


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    """Compare two lists by what they hold, so that one member more moves no other."""
    if len(before) > _LONG or len(after) > _LONG:
        yield from _by_place(before, after, path=path, start=0)
        return
    olds = [_json(value) for value in before]
    news = [_json(value) for value in after]
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    for _, old, old_end, new, new_end in (op for op in matcher.get_opcodes() if op[0] != "equal"):
        yield from _by_place(before[old:old_end], after[new:new_end], path=path, start=old)


def _by_place(
    before: list[Any], after: list[Any], *, path: str, start: int
) -> Iterator[Difference]:
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else _MISSING
        new = after[place] if place < len(after) else _MISSING
        inner = f"{path}[{start + place}]"
        if old is _MISSING or new is _MISSING:
            yield _difference(old, new, inner)
        else:
            yield from _compare(old, new, inner)


def _difference(before: object, after: object, path: str) -> Difference:
    kind: Literal["added", "removed", "changed"] = "changed"
    if before is _MISSING:
        kind = "added"
    elif after is _MISSING:
        kind = "removed"
    return Difference(kind=kind, path=path, before=_json(before), after=_json(after))


def _json(value: Any) -> str:
    return "" if value is _MISSING else json.dumps(value, ensure_ascii=False, sort_keys=True)
