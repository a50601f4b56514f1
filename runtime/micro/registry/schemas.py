"""How two JSON Schemas differ: what the newer takes less of, and what more of.

Sees the keywords that micro's own schemas use. Where it cannot tell, it says that a part changed
and counts that as both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

Schema = Mapping[str, Any]

TEXT_KEYS = frozenset({"title", "description", "examples", "default", "deprecated"})
_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. ``path`` is dotted, empty for the whole.

    ``narrows``: the newer refuses what the older took; ``widens``: it takes what that refused.
    Neither: only words changed, or it does not matter to who reads and writes by the schema.
    """

    path: str
    what: str
    narrows: bool = False
    widens: bool = False


def compare(before: Schema, after: Schema, *, written: bool) -> tuple[Difference, ...]:
    """List the differences of two schemas of objects.

    Args:
        before: The older one, with its ``$defs``.
        after: The newer one.
        written: Whether clients write by it (arguments) or read by it (results): a field more is
            no harm to who only reads.
    """
    if before == after:
        return ()
    return tuple(_Comparison(before, after, written=written).differences(before, after, ""))


class _Comparison:
    def __init__(self, before: Schema, after: Schema, *, written: bool) -> None:
        self._before_defs: Schema = before.get("$defs", {})
        self._after_defs: Schema = after.get("$defs", {})
        self._written = written
        self._seen: set[tuple[str, str]] = set()

    def differences(self, before: Schema, after: Schema, path: str) -> Iterator[Difference]:
        """Compare what two schemas say of one place."""
        refs = (str(before.get("$ref", "")), str(after.get("$ref", "")))
        if all(refs):
            if refs in self._seen:
                return
            self._seen.add(refs)
        before = _resolve(before, self._before_defs)
        after = _resolve(after, self._after_defs)
        yield from _words(before, after, path)
        old, new = _alternatives(before), _alternatives(after)
        if len(old) > 1 or len(new) > 1:
            yield from self._unions(old, new, path)
        else:
            yield from self._plain(before, after, path)

    def _unions(self, old: list[Schema], new: list[Schema], path: str) -> Iterator[Difference]:
        before = {_kind(_resolve(part, self._before_defs)): part for part in old}
        after = {_kind(_resolve(part, self._after_defs)): part for part in new}
        for kind in before.keys() - after.keys():
            yield Difference(path=path, what=f"is no longer {kind}", narrows=True)
        for kind in after.keys() - before.keys():
            yield Difference(path=path, what=f"may be {kind}", widens=True)
        for kind in sorted(before.keys() & after.keys()):
            yield from self.differences(before[kind], after[kind], path)

    def _plain(self, before: Schema, after: Schema, path: str) -> Iterator[Difference]:
        old, new = _kind(before), _kind(after)
        if old != new:
            widens = (old, new) == ("integer", "number") or new == "anything"
            narrows = (old, new) == ("number", "integer") or old == "anything"
            both = not (widens or narrows)
            what = f"changed from {old} to {new}"
            yield Difference(path=path, what=what, narrows=narrows or both, widens=widens or both)
            return
        yield from _values(before, after, path)
        yield from _bounds(before, after, path)
        if "properties" in before or "properties" in after:
            yield from self._fields(before, after, path)
        for key in ("items", "additionalProperties"):
            if isinstance(before.get(key), Mapping) and isinstance(after.get(key), Mapping):
                yield from self.differences(before[key], after[key], f"{path}[]")
            elif before.get(key) != after.get(key):
                yield Difference(path=path, what=f"{key} changed", narrows=True, widens=True)
        if before.get("prefixItems") != after.get("prefixItems"):
            yield Difference(path=path, what="items changed", narrows=True, widens=True)

    def _fields(self, before: Schema, after: Schema, path: str) -> Iterator[Difference]:
        old: Schema = before.get("properties", {})
        new: Schema = after.get("properties", {})
        needed = set(before.get("required", ())), set(after.get("required", ()))
        for name in sorted(old.keys() - new.keys()):
            yield Difference(path=_join(path, name), what="was removed", narrows=True, widens=True)
        for name in sorted(new.keys() - old.keys()):
            if name in needed[1]:
                added = Difference(
                    path=_join(path, name), what="was added and is required", narrows=self._written
                )
            else:
                added = Difference(path=_join(path, name), what="was added", widens=self._written)
            yield added
        for name in sorted(old.keys() & new.keys()):
            if name in needed[1] - needed[0]:
                yield Difference(path=_join(path, name), what="became required", narrows=True)
            elif name in needed[0] - needed[1]:
                yield Difference(path=_join(path, name), what="became optional", widens=True)
            yield from self.differences(old[name], new[name], _join(path, name))


def _words(before: Schema, after: Schema, path: str) -> Iterator[Difference]:
    for key in sorted(TEXT_KEYS):
        if before.get(key) != after.get(key):
            yield Difference(path=path, what=f"has another {key}")


def _values(before: Schema, after: Schema, path: str) -> Iterator[Difference]:
    old, new = _enum(before), _enum(after)
    if old is None and new is None:
        return
    if old is None or new is None:
        what = "takes any value" if new is None else f"takes only {_listed(new)}"
        yield Difference(path=path, what=what, narrows=old is None, widens=new is None)
        return
    if gone := [value for value in old if value not in new]:
        yield Difference(path=path, what=f"no longer takes {_listed(gone)}", narrows=True)
    if added := [value for value in new if value not in old]:
        yield Difference(path=path, what=f"takes {_listed(added)} too", widens=True)


def _bounds(before: Schema, after: Schema, path: str) -> Iterator[Difference]:
    for key in (*_LOWEST, *_HIGHEST, *_EXACT):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        tighter = new is not None and (old is None or key in _EXACT or _is_tighter(key, old, new))
        looser = old is not None and (new is None or key in _EXACT or not tighter)
        what = f"{key} {_shown(old)} → {_shown(new)}"
        yield Difference(path=path, what=what, narrows=tighter, widens=looser)


def _is_tighter(key: str, old: float, new: float) -> bool:
    return new > old if key in _LOWEST else new < old


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**definitions.get(reference.rpartition("/")[2], {}), **beside}


def _alternatives(schema: Schema) -> list[Schema]:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return list(cast("list[Schema]", schema[key]))
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [{**schema, "type": kind} for kind in cast("list[str]", kinds)]
    return [schema]


def _kind(schema: Schema) -> str:
    if isinstance(schema.get("type"), str):
        return str(schema["type"])
    if values := _enum(schema):
        return type(values[0]).__name__
    return "anything"


def _enum(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
