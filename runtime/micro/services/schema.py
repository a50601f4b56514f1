"""Compiles a record of typed fields into one validator, one serializer and one JSON Schema.

The schemas are JSON Schema 2020-12 without the titles that pydantic makes up. Knows nothing of
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, cast

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from typing_extensions import TypedDict

from micro.services.structs import STRUCT_REF

Schema = dict[str, Any]

_maps = ("properties", "patternProperties", "$defs", "dependentSchemas")
_lists = ("anyOf", "oneOf", "allOf", "prefixItems")
_single = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then")


class _Generator(GenerateJsonSchema):
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def encode_default(self, dft: Any) -> Any:
        plain = dft is None or type(dft) in (bool, int, str)
        return dft if plain else super().encode_default(dft)


def record(
    fields: Mapping[str, Any], *, extra: Literal["forbid", "ignore"]
) -> pydantic.TypeAdapter[dict[str, Any]]:
    """Compile a dict of these fields; ``NotRequired`` and ``Annotated`` are understood.

    ``extra`` names are refused or dropped, numbers are finite, bytes are base64: in dataclasses and
    TypedDicts inside too, while pydantic's models have their own rules.

    Raises:
        Exception: Whatever pydantic raises on a type it does not know.
    """
    make = cast("Callable[[str, dict[str, Any]], Any]", TypedDict)
    kind = make("record", dict(fields))
    kind.__pydantic_config__ = pydantic.ConfigDict(
        extra=extra, allow_inf_nan=False, ser_json_bytes="base64", val_json_bytes="base64"
    )
    return pydantic.TypeAdapter(kind)


def schema_of(adapter: pydantic.TypeAdapter[Any], mode: JsonSchemaMode) -> Schema:
    """Give the JSON Schema of what goes in (``validation``) or out (``serialization``)."""
    schema = adapter.json_schema(mode=mode, schema_generator=_Generator)
    hoisted: Schema = {}
    _tidy(schema, hoisted)
    if hoisted:
        schema["$defs"] = {**schema.get("$defs", {}), **hoisted}
    return schema


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow ``$ref`` into the root's ``$defs``; what stands beside it wins."""
    seen: set[str] = set()
    while (ref := schema.get("$ref")) is not None and ref not in seen:
        seen.add(ref)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**definition(ref, root), **beside}
    return schema


def definition(ref: str, root: Schema) -> Schema:
    """Give what a ``#/$defs/name`` points at."""
    name = ref.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
    return root.get("$defs", {}).get(name, {})


def rooted(schema: Schema, root: Schema) -> Schema:
    """Make a part of a schema stand alone: its own ``$ref`` followed, needed ``$defs`` beside."""
    alone = {key: value for key, value in resolve(schema, root).items() if key != "$defs"}
    needed = _reachable(alone, root)
    if needed:
        alone["$defs"] = {
            name: value for name, value in root.get("$defs", {}).items() if name in needed
        }
    return alone


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Give the schemas directly inside of one, ``$defs`` included."""
    for key in _maps:
        for inner in schema.get(key, {}).values():
            if isinstance(inner, dict):
                yield cast("Schema", inner)
    for key in _lists:
        yield from schema.get(key, ())
    for key in _single:
        if isinstance(schema.get(key), dict):
            yield schema[key]


def _tidy(schema: Schema, hoisted: Schema) -> None:
    """Drop titles; move ``$defs`` that stand inside to the root, where every ``$ref`` points."""
    schema.pop("title", None)
    schema.pop("discriminator", None)  # OpenAPI's, unknown to JSON Schema
    if STRUCT_REF in schema:
        schema["$ref"] = schema.pop(STRUCT_REF)
    for inner in subschemas(schema):
        _tidy(inner, hoisted)
        for name, moved in inner.pop("$defs", {}).items():
            if hoisted.setdefault(name, moved) != moved:
                raise ValueError(f"two types are named {name}")


def _reachable(schema: Schema, root: Schema) -> set[str]:
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        current = waiting.pop()
        waiting.extend(subschemas(current))
        ref = current.get("$ref")
        if ref is not None and ref not in found:
            found.add(ref)
            waiting.append(definition(ref, root))
    return {ref.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~") for ref in found}


ValueKind = Literal["null", "boolean", "integer", "number", "string", "array", "object"]


def kind_of(value: object) -> ValueKind:
    """Name the JSON type of a decoded value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
