from __future__ import annotations

from typing import Any

import pytest

from micro.services.phrases import allowed, shortened


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "any value"),
        ({"const": "a"}, '"a"'),
        ({"enum": [1, "b"]}, 'one of 1, "b"'),
        ({"type": "integer", "minimum": 1}, "integer of at least 1"),
        (
            {"type": "integer", "maximum": 9, "multipleOf": 3},
            "integer of at most 9 a multiple of 3",
        ),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "number greater than 0 less than 1",
        ),
        ({"type": "string", "format": "date"}, "string (date)"),
        ({"type": "string", "minLength": 2, "maxLength": 2}, "string of exactly 2 characters"),
        ({"type": "string", "maxLength": 2}, "string of at most 2 characters"),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            "array of integer of at least 1 items",
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
            "array of exactly (integer, string)",
        ),
        ({"type": "boolean"}, "boolean"),
        ({"type": "object"}, "object"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
    ],
)
def test_schemas_are_said_in_words(schema: dict[str, Any], words: str):
    assert allowed(schema, schema) == words


def test_long_lists_of_choices_and_fields_are_cut():
    choices = {"enum": list(range(50))}
    fields = {"type": "object", "properties": {f"f{n}": {} for n in range(20)}}

    assert allowed(choices, choices).endswith("19 and 30 more")
    assert allowed(fields, fields).endswith("and 8 more")


def test_a_recursive_schema_is_said_once():
    root: dict[str, Any] = {
        "$defs": {
            "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}},
            "Loop": {"$ref": "#/$defs/Loop"},
        }
    }

    assert allowed({"$ref": "#/$defs/Node"}, root) == "object with next (object, optional)"
    assert allowed({"$ref": "#/$defs/Loop"}, root) == "any value"


def test_a_cut_text_tells_its_length():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc… (4 characters)"
