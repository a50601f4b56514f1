"""Lets pydantic take and give ``msgspec.Struct`` types, which it does not know.

msgspec converts, and says the schema; this only carries one into the other.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pydantic_core
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

_REFS = "#/$defs/{name}"


class StructSchema:
    """Stands in ``Annotated`` beside a struct and answers pydantic for it."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self._struct = struct

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Validate and serialize by msgspec (pydantic calls this)."""
        return core_schema.no_info_plain_validator_function(
            self._convert,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: msgspec.to_builtins(value, str_keys=True)
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Give msgspec's schema, with what it refers to beside it (pydantic calls this)."""
        (root,), defs = msgspec.json.schema_components((self._struct,), ref_template=_REFS)
        name = str(root.get("$ref", "")).removeprefix("#/$defs/")
        recursive = f"'{_REFS.format(name=name)}'" in repr(defs)
        inlined = defs[name] if recursive else defs.pop(name, root)
        return {**inlined, "$defs": defs} if defs else dict(inlined)

    def _convert(self, value: Any) -> msgspec.Struct:
        try:
            return msgspec.convert(value, self._struct, strict=False, str_keys=True)
        except msgspec.ValidationError as error:
            raise pydantic_core.PydanticCustomError(
                "struct", "{reason}", {"reason": str(error)}
            ) from None
