"""Makes an example of what a JSON Schema allows, for a tool whose author gave none.

It is a guess: whoever shows it checks first that it fits.
"""

from __future__ import annotations

from typing import Any

from micro.services.schema import Schema, resolve

DEPTH_LIMIT = 6

_formats = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "email": "name@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "base64url": "bWljcm8=",
}


def sample(schema: Schema, root: Schema | None = None, depth: int = 0) -> Any:
    """Give a value that fits the schema where that is easy to tell; required properties only."""
    root = schema if root is None else root
    schema = resolve(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return sample(_telling(schema[key]), root, depth)
    return _by_type(schema, root, depth)


def _telling(branches: list[Schema]) -> Schema:
    return next((each for each in branches if each.get("type") != "null"), branches[0])


def _by_type(schema: Schema, root: Schema, depth: int) -> Any:
    match schema.get("type"):
        case "string":
            return _text(schema)
        case "integer":
            return int(_number(schema))
        case "number":
            return _number(schema)
        case "boolean":
            return True
        case "array":
            return _items(schema, root, depth)
        case "object" if depth < DEPTH_LIMIT:
            properties: Schema = schema.get("properties", {})
            needed = schema.get("required", ())
            return {name: sample(properties[name], root, depth + 1) for name in needed}
        case "object":
            return {}
        case _:
            return None


def _text(schema: Schema) -> str:
    made = _formats.get(schema.get("format", ""), "text")
    made = made.ljust(schema.get("minLength", 0), "x")
    return made[: schema.get("maxLength", len(made))]


def _number(schema: Schema) -> float:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if schema["type"] == "number" and low is not None and high is not None:
        return (low + high) / 2
    if "minimum" in schema:
        return -(-schema["minimum"] // step) * step
    if "exclusiveMinimum" in schema:
        return (schema["exclusiveMinimum"] // step + 1) * step
    if "maximum" in schema:
        return min(step, schema["maximum"] // step * step)
    return step if high is None else min(step, (-(-high // step) - 1) * step)


def _items(schema: Schema, root: Schema, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [sample(item, root, depth + 1) for item in schema["prefixItems"]]
    if depth >= DEPTH_LIMIT or not isinstance(schema.get("items"), dict):
        return []
    return [sample(schema["items"], root, depth + 1)] * max(1, schema.get("minItems", 0))
