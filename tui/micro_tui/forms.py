"""The fields of a form for a tool's arguments, from its input schema; and back to arguments.

A field of text, number or choice is written plainly, all else as JSON. An empty field is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from micro_tui.paint.tools import about, type_text
from micro_tui.samples import resolved

_PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool}
_WORDS = {"true": True, "false": False, "yes": True, "no": False}


class FieldError(ValueError):
    """What was written into a field is none of its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One argument. ``kind`` is a JSON type written plainly, or ``json``.

    Attributes:
        choices: What alone may be written, if that is fixed.
        empty: Whether an empty field is an empty text: the value is required and a text.
    """

    name: str
    kind: str
    type: str
    about: str
    required: bool
    choices: tuple[str, ...] = ()
    empty: bool = False


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """Give the fields for a tool's input schema, those that are required first."""
    properties = cast("dict[str, Any]", schema.get("properties") or {})
    required = cast("list[str]", schema.get("required") or [])
    fields = [_field(n, p, required=n in required, root=schema) for n, p in properties.items()]
    return sorted(fields, key=lambda field: not field.required)


def _field(name: str, found: Any, *, required: bool, root: Mapping[str, Any]) -> Field:
    schema = resolved(found, root)
    options = [o for o in schema.get("anyOf", ()) if resolved(o, root).get("type") != "null"]
    inner = resolved(options[0], root) if len(options) == 1 else schema
    kind = str(inner.get("type")) if inner.get("type") in _PLAIN else "json"
    choices = inner.get("enum", ())
    plain = all(isinstance(choice, str) for choice in choices)
    return Field(
        name=name,
        kind="string" if choices and plain else kind,
        type=type_text(found),
        about=about(found),
        required=required,
        choices=tuple(choices) if plain else (),
        empty=required and kind == "string" and not choices,
    )


def written(field: Field, value: Any) -> str:
    """Give a value as it is written into its field."""
    if field.kind == "string" and isinstance(value, str) and _one_line(value):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _one_line(text: str) -> bool:
    return bool(text) and text.isprintable() and text != "null" and not text.startswith('"')


def value_of(field: Field, text: str) -> Any:
    """Give the value that was written into a field.

    Raises:
        FieldError: It is none.
    """
    if field.choices and text not in field.choices:
        raise FieldError(f"one of {', '.join(field.choices)}")
    if field.kind == "string":
        return _text(text)
    if field.kind == "boolean" and text.strip().lower() in _WORDS:
        return _WORDS[text.strip().lower()]
    try:
        value = json.loads(text)
    except ValueError as error:
        wanted = "JSON" if field.kind == "json" else f"a {field.kind}"
        raise FieldError(f"this is no {wanted.removeprefix('a ')}") from error
    kind = _PLAIN.get(field.kind)
    fits = kind is None or value is None or isinstance(value, kind)
    if fits or (kind is float and isinstance(value, int)):
        return value
    raise FieldError(f"this is no {field.kind}")


def _text(text: str) -> Any:
    """Give a text as it stands, or read it as JSON if it is quoted."""
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return None if text == "null" else text


def arguments_of(
    fields: Sequence[Field], texts: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the arguments that were written, and by name of the field what is wrong with others."""
    arguments: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field, text in zip(fields, texts, strict=True):
        if not text and not field.empty:
            if field.required:
                wrong[field.name] = "required"
            continue
        try:
            arguments[field.name] = value_of(field, text)
        except FieldError as error:
            wrong[field.name] = str(error)
    return arguments, wrong
