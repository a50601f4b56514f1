from __future__ import annotations

from typing import Any

from micro_tui.samples import sample
from tui.shop import make_tool


def sampled(required: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {**required, "skipped": {"type": "string"}},
        "required": list(required),
        "$defs": definitions,
    }
    return sample(make_tool("a.b", examples=(), input_schema=schema))


def test_a_tool_without_an_example_gets_plain_values() -> None:
    assert sampled(
        {"name": {"type": "string"}, "count": {"type": "integer"}, "kind": {"enum": ["big"]}}
    ) == {"name": "world", "count": 1, "kind": "big"}


def test_an_object_gets_what_it_requires() -> None:
    person = {
        "type": "object",
        "properties": {"age": {"type": "integer"}, "note": {"type": "string"}},
        "required": ["age"],
    }
    either = {"anyOf": [{"$ref": "#/$defs/Person"}, {"type": "null"}]}
    found = sampled({"one": {"$ref": "#/$defs/Person"}, "other": either}, Person=person)
    assert found == {"one": {"age": 1}, "other": {"age": 1}}


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    tree = {
        "type": "object",
        "properties": {"left": {"$ref": "#/$defs/Tree"}},
        "required": ["left"],
    }
    assert "left" in sampled({"tree": {"$ref": "#/$defs/Tree"}}, Tree=tree)["tree"]
