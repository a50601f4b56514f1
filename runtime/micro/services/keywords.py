"""Keywords of JSON Schema that types cannot say: one of two fields, if this then that.

An author writes them down, clients see them, and arguments are checked by them, after the types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pydantic_core

from micro.services.schema import Schema


class Keywords:
    """Checks arguments against a whole schema, by jsonschema, which loads only here.

    Raises:
        Exception: It is no JSON Schema.
    """

    def __init__(self, schema: Schema) -> None:
        from jsonschema import Draft202012Validator
        from referencing import Registry

        Draft202012Validator.check_schema(schema)
        nothing_else: Registry[Any] = Registry()  # else it fetches what a $ref points at
        self._validator: Any = Draft202012Validator(schema, registry=nothing_else)

    def problem(self, sent: bytes) -> str | None:
        """Say what does not fit, ``None`` if all does."""
        error: Any = next(self._validator.iter_errors(pydantic_core.from_json(sent)), None)
        if error is None:
            return None
        place = ".".join(str(part) for part in error.absolute_path)
        return f"`{place}`: {error.message:.300}" if place else f"{error.message:.300}"


def merged(schema: Schema, keywords: Mapping[str, Any]) -> Schema:
    """Give a schema with keywords beside its own, objects inside of one another as well."""
    result = dict(schema)
    for key, value in keywords.items():
        known = result.get(key)
        if isinstance(known, dict) and isinstance(value, Mapping):
            inner = cast("Mapping[str, Any]", value)
            result[key] = merged(cast("Schema", known), inner)
        else:
            result[key] = value
    return result
