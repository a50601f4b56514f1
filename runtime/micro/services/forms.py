"""Forms for a client's user: made of a type, and read back into it.

MCP allows flat forms only: texts, numbers, yes or no, and choices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import pydantic
import pydantic_core

from micro.errors import MicroError, ToolError
from micro.services.schema import Schema, record, resolve, schema_of
from micro.services.typeforms import readable

T = TypeVar("T")

_plain = ("string", "number", "integer", "boolean")
_noise = ("$defs", "additionalProperties", "description")


class Form(Generic[T]):
    """A form, compiled. ``schema`` is what the client is sent.

    Args:
        wanted: A dataclass, TypedDict, model or struct of plain fields, a plain type for a form of
            one field, or a JSON Schema, whose answer is then given as it came.

    Raises:
        MicroError: A client could not show it.
    """

    def __init__(self, wanted: type[T] | Mapping[str, Any]) -> None:
        self._validate: Any = None
        self._alone = False
        if isinstance(wanted, Mapping):
            self.schema: Schema = {"type": "object", **wanted}
            return
        try:
            adapter = record({"value": readable(wanted)}, extra="ignore")
            whole = schema_of(adapter, "validation")
        except Exception as error:
            raise MicroError(
                f"no form can be made of {wanted!r}: {error}",
                mend="take a dataclass of texts, numbers, booleans and choices",
            ) from error
        inner = resolve(whole["properties"]["value"], whole)
        self._alone = "properties" not in inner
        self._validate = adapter.validator.validate_json
        shown = whole if self._alone else inner
        self.schema = {key: value for key, value in shown.items() if key not in _noise}
        self.schema["properties"] = {
            name: _field(name, field, whole) for name, field in shown["properties"].items()
        }

    def read(self, content: Mapping[str, Any]) -> T:
        """Give what was filled in.

        Raises:
            ToolError: It does not fit; the client let something pass that the form forbids.
        """
        if self._validate is None:
            return cast("T", dict(content))
        value = content if self._alone else {"value": content}
        try:
            return self._validate(pydantic_core.to_json(value))["value"]
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"][1:]) or "it"
            raise ToolError(f"The answer does not fit the form: {field}: {first['msg']}") from error


def _field(name: str, field: Schema, root: Schema) -> Schema:
    """Give one field as forms have it: without references, and without ``null`` for an option."""
    field = resolve(field, root)
    branches = [resolve(each, root) for each in field.get("anyOf", ())]
    branches = [each for each in branches if each.get("type") != "null"]
    if len(branches) == 1:
        beside = {key: value for key, value in field.items() if key != "anyOf"}
        field = {**branches[0], **beside}
    if field.get("default", 0) is None:
        field = {key: value for key, value in field.items() if key != "default"}
    if "const" in field:
        field = {**field, "enum": [field["const"]], "type": "string"}
        del field["const"]
    if field.get("type") == "array":
        field = {**field, "items": resolve(field.get("items", {}), root)}
        shown = "enum" in field["items"]
    else:
        shown = field.get("type") in _plain
    if not shown:
        raise MicroError(
            f"a form cannot show the field {name!r}: {field}",
            mend="take texts, numbers, booleans, choices, or a list of choices",
        )
    return field
