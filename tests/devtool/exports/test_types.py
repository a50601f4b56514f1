from typing import Any

import pytest

from micro_devtool.exports.types import constraint_words, type_words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "uuid"}, "string (uuid)"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"type": "array", "items": {"$ref": "#/$defs/User"}}, "array of User"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
        ({"enum": ["a", 1]}, '"a" or 1'),
        ({"const": None}, "null"),
        ({}, "any"),
    ],
)
def test_a_type_is_named_in_few_words(schema: dict[str, Any], words: str):
    assert type_words(schema) == words


def test_bounds_are_found_inside_of_an_optional_type_too():
    schema: dict[str, Any] = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
    assert constraint_words(schema) == ["≥ 1"]
