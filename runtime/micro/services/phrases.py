"""Says in words what a JSON Schema allows, short enough for an error message.

Works on the schemas that ``schema`` makes, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pydantic_core

from micro.services.schema import Schema, resolve

CHOICES_SHOWN = 20
"""Values of an enum that are listed."""

FIELDS_SHOWN = 12
"""Properties of an object that are listed."""


def allowed(schema: Schema, root: Schema, *, deep: bool = True) -> str:
    """Give what fits the schema, as ``integer from 1 to 100`` or ``one of "a", "b"``.

    ``deep`` lists an object's properties; inside of one they are not listed again.
    """
    schema = resolve(schema, root)
    if "const" in schema:
        return as_json(schema["const"])
    if "enum" in schema:
        return _choices(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            branches = [allowed(branch, root, deep=deep) for branch in schema[key]]
            return " or ".join(dict.fromkeys(branches))
    words: Callable[[Schema, Schema, bool], str] | None = _words.get(schema.get("type", ""))
    return words(schema, root, deep) if words else str(schema.get("type", "any value"))


def as_json(value: Any) -> str:
    """Give a value as JSON text, whatever it is."""
    return pydantic_core.to_json(value, fallback=str, inf_nan_mode="constants").decode()


def shortened(text: str, limit: int = 60) -> str:
    """Give a text cut to ``limit`` characters, with what was cut told."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def _choices(values: list[Any]) -> str:
    shown = ", ".join(as_json(value) for value in values[:CHOICES_SHOWN])
    more = len(values) - CHOICES_SHOWN
    return f"one of {shown}" + (f" and {more} more" if more > 0 else "")


def _number(schema: Schema, _root: Schema, _deep: bool) -> str:
    parts = [str(schema["type"])]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        parts.append(f"from {low} to {high}")
    elif low is not None:
        parts.append(f"of at least {low}")
    elif high is not None:
        parts.append(f"of at most {high}")
    if "exclusiveMinimum" in schema:
        parts.append(f"greater than {schema['exclusiveMinimum']}")
    if "exclusiveMaximum" in schema:
        parts.append(f"less than {schema['exclusiveMaximum']}")
    if "multipleOf" in schema:
        parts.append(f"a multiple of {schema['multipleOf']}")
    return " ".join(parts)


def _string(schema: Schema, _root: Schema, _deep: bool) -> str:
    parts = ["string"]
    if "format" in schema:
        parts.append(f"({schema['format']})")
    parts.extend(_lengths(schema, "minLength", "maxLength", "characters"))
    if "pattern" in schema:
        parts.append(f"matching {shortened(schema['pattern'], 80)}")
    return " ".join(parts)


def _array(schema: Schema, root: Schema, deep: bool) -> str:
    parts = ["array"]
    if isinstance(schema.get("items"), dict):
        parts.append(f"of {allowed(schema['items'], root, deep=False)}")
    if "prefixItems" in schema:
        items = ", ".join(allowed(item, root, deep=False) for item in schema["prefixItems"])
        parts.append(f"of exactly ({items})")
    else:
        parts.extend(_lengths(schema, "minItems", "maxItems", "items"))
    return " ".join(parts)


def _object(schema: Schema, root: Schema, deep: bool) -> str:
    properties: Schema = schema.get("properties", {})
    if not deep or not properties:
        return "object"
    required = schema.get("required", ())
    fields = [
        f"{name} ({allowed(inner, root, deep=False)}{'' if name in required else ', optional'})"
        for name, inner in list(properties.items())[:FIELDS_SHOWN]
    ]
    more = len(properties) - FIELDS_SHOWN
    return f"object with {', '.join(fields)}" + (f" and {more} more" if more > 0 else "")


def _lengths(schema: Schema, low_key: str, high_key: str, unit: str) -> list[str]:
    low, high = schema.get(low_key), schema.get(high_key)
    if low is not None and low == high:
        return [f"of exactly {low} {unit}"]
    bounds = [f"at least {low}"] if low else []
    bounds += [f"at most {high}"] if high is not None else []
    return [f"of {' and '.join(bounds)} {unit}"] if bounds else []


_words: dict[str, Callable[[Schema, Schema, bool], str]] = {
    "integer": _number,
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
}
