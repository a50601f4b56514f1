"""A JSON Schema in the few words that fit a table: its type, and what its values must keep to."""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]

_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "multiple of {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "pattern": "matches {}",
    "minItems": "items ≥ {}",
    "maxItems": "items ≤ {}",
    "minProperties": "entries ≥ {}",
    "maxProperties": "entries ≤ {}",
}


def type_words(schema: Schema) -> str:
    """Name a schema's type: ``string``, ``array of User``, ``integer or null``, ``"a" or "b"``."""
    if reference := schema.get("$ref"):
        return str(reference).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " or ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for key, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if several := schema.get(key):
            return between.join(dict.fromkeys(type_words(each) for each in several))
    return _typed(schema)


def _typed(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(str(each) for each in kind)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if kind == "array":
        items = schema.get("items")
        of = f" of {type_words(items)}" if isinstance(items, dict) and items else ""  # pyright: ignore[reportUnknownArgumentType]
        return f"array{of}"
    if kind == "object":
        values = schema.get("additionalProperties")
        of = f" of {type_words(values)}" if isinstance(values, dict) and values else ""  # pyright: ignore[reportUnknownArgumentType]
        return f"object{of}"
    if form := schema.get("format"):
        return f"{kind} ({form})"
    return str(kind) if kind else "any"


def constraint_words(schema: Schema) -> list[str]:
    """Say what a value must keep to, part by part; nothing where all values of the type fit."""
    words = [_BOUNDS[key].format(schema[key]) for key in _BOUNDS if key in schema]
    if schema.get("uniqueItems"):
        words.append("no item twice")
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, ()):
            words += [word for word in constraint_words(each) if word not in words]
    return words
