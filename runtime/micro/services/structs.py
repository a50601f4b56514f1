"""Lets pydantic take and give ``msgspec.Struct`` types, which it does not know.

msgspec converts, and says the schema; this only carries one into the other.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pydantic_core
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

STRUCT_REF = "$structRef"
"""Stands for ``$ref`` on its way through pydantic."""


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
        """Give msgspec's schema, with what it refers to beside it (pydantic calls this).

        pydantic refuses a ``$ref`` that it did not make: ``schema`` puts these back.
        """
        template = f"#/$defs/{self._struct.__name__}.{{name}}"
        (root,), defs = msgspec.json.schema_components((self._struct,), ref_template=template)
        defs = {f"{self._struct.__name__}.{name}": each for name, each in defs.items()}
        name = str(root.get("$ref", "")).removeprefix("#/$defs/")
        inlined = defs.get(name, root)
        if f"'#/$defs/{name}'" not in repr(defs):
            defs.pop(name, None)
        return _hidden({**inlined, "$defs": defs} if defs else inlined)

    def _convert(self, value: Any) -> msgspec.Struct:
        try:
            return msgspec.convert(value, self._struct, strict=False, str_keys=True)
        except msgspec.ValidationError as error:
            raise pydantic_core.PydanticCustomError(
                "struct", "{reason}", {"reason": str(error)}
            ) from None


def _hidden(schema: Any) -> Any:
    """Rename every ``$ref``, so that pydantic lets it pass."""
    if isinstance(schema, dict):
        items = cast("dict[str, Any]", schema).items()
        return {STRUCT_REF if key == "$ref" else key: _hidden(value) for key, value in items}
    if isinstance(schema, list):
        return [_hidden(each) for each in cast("list[Any]", schema)]
    return schema
