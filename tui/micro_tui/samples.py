"""Arguments to try a tool with, made from its input schema where it has no example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from micro.snapshots import ToolView

_DEEPEST = 5
"""Levels of objects that are filled in: a schema may hold itself."""

_PLAIN: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "null": None}


def sample(tool: ToolView) -> dict[str, Any]:
    """Give arguments to try: the first example, else a plain value for each that is required."""
    if tool.examples:
        return tool.examples[0]
    return _required(tool.input_schema, tool.input_schema, _DEEPEST)


def resolved(schema: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """Give a schema without the reference that it may be, one of the document ``root``."""
    if not isinstance(schema, dict):
        return {}
    known = cast("dict[str, Any]", schema)
    reference = str(known.get("$ref", ""))
    if not reference.startswith("#/$defs/"):
        return known
    return cast("dict[str, Any]", root.get("$defs", {})).get(reference.removeprefix("#/$defs/"), {})


def _required(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = cast("dict[str, Any]", schema.get("properties") or {})
    names = cast("list[str]", schema.get("required") or []) if depth else []
    return {name: _value(properties.get(name), root, depth - 1) for name in names}


def _value(found: Any, root: Mapping[str, Any], depth: int) -> Any:
    schema = resolved(found, root)
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key) and depth:
            return _value(schema[key][0], root, depth - 1)
    if schema.get("type") == "object":
        return _required(schema, root, depth)
    return _PLAIN.get(str(schema.get("type")), "world")
