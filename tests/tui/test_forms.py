from __future__ import annotations

from typing import Any

import pytest

from micro_tui.forms import Field, FieldError, arguments_of, fields_of, value_of, written

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "sku": {"type": "string", "description": "The article"},
        "qty": {"type": "integer", "minimum": 1},
        "kind": {"$ref": "#/$defs/Kind"},
        "lines": {"type": "array", "items": {"type": "integer"}},
        "fast": {"type": "boolean"},
        "price": {"type": "number"},
    },
    "required": ["sku", "qty"],
    "$defs": {"Kind": {"enum": ["big", "small"]}},
}


def test_a_schema_gives_its_fields_the_required_ones_first() -> None:
    fields = fields_of(SCHEMA)
    assert [field.name for field in fields][:2] == ["sku", "qty"]
    kinds = {field.name: field.kind for field in fields}
    assert kinds == {
        "sku": "string",
        "qty": "integer",
        "note": "string",
        "kind": "string",
        "lines": "json",
        "fast": "boolean",
        "price": "number",
    }
    assert next(f for f in fields if f.name == "kind").choices == ("big", "small")
    assert "The article" in fields[0].about


def field(name: str) -> Field:
    return next(found for found in fields_of(SCHEMA) if found.name == name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sku", "A 113", "A 113"),
        ("sku", "12", "12"),
        ("sku", '"with \\n a line"', "with \n a line"),
        ("qty", " 7 ", 7),
        ("lines", "[1, 2]", [1, 2]),
        ("fast", "yes", True),
        ("fast", "false", False),
        ("price", "3", 3),
        ("note", "null", None),
        ("kind", "big", "big"),
    ],
)
def test_what_is_written_becomes_the_value(name: str, text: str, value: Any) -> None:
    assert value_of(field(name), text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("qty", "many", "this is no integer"),
        ("qty", "1.5", "this is no integer"),
        ("lines", "[1", "this is no JSON"),
        ("kind", "huge", "one of big, small"),
        ("fast", "maybe", "this is no boolean"),
    ],
)
def test_what_is_no_value_says_so(name: str, text: str, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        value_of(field(name), text)


@pytest.mark.parametrize("value", ["plain", "", "two\nlines", '"quoted"', "null", "日本\u202e"])
def test_a_text_that_is_written_and_read_is_the_same(value: str) -> None:
    sku = field("sku")
    assert value_of(sku, written(sku, value)) == value


def test_an_empty_field_is_left_out_unless_it_is_a_required_text() -> None:
    fields = fields_of(SCHEMA)
    texts = ["" for _ in fields]
    arguments, wrong = arguments_of(fields, texts)
    assert arguments == {"sku": ""}
    assert wrong == {"qty": "required"}
