from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from typing import Any

import msgspec
import pydantic
import pytest
from typing_extensions import TypedDict

from micro.calls import ToolResult
from micro.services.content import Audio, Image
from services.harness import answer, bound


class User(pydantic.BaseModel):
    name: str
    tags: list[str] = []


@dataclasses.dataclass
class Point:
    x: int


class Row(TypedDict):
    id: int


class Colour(enum.Enum):
    RED = "red"


class Box(msgspec.Struct):
    size: int


def giving(value: Any, hint: Any = ...) -> Any:
    def give():
        return value

    give.__annotations__ = {} if hint is ... else {"return": hint}
    return give


@pytest.mark.parametrize(
    ("value", "hint", "structured", "text"),
    [
        (3, int, {"result": 3}, "3"),
        ('hi\n"you"', str, {"result": 'hi\n"you"'}, 'hi\n"you"'),
        (True, bool, {"result": True}, "true"),
        ([1, 2], list[int], {"result": [1, 2]}, "[1,2]"),
        (Colour.RED, Colour, {"result": "red"}, "red"),
        (datetime.date(2026, 1, 31), datetime.date, {"result": "2026-01-31"}, "2026-01-31"),
        (None, User | None, {"result": None}, "null"),
        (User(name="A"), User | None, {"result": {"name": "A", "tags": []}}, None),
        (User(name="A"), User, {"name": "A", "tags": []}, '{"name":"A","tags":[]}'),
        ({"name": "A"}, User, {"name": "A", "tags": []}, None),
        (Point(1), Point, {"x": 1}, '{"x":1}'),
        ({"id": 1}, Row, {"id": 1}, None),
        ({"id": 1, "more": 2}, Row, {"id": 1}, None),
        ({"a": 1}, dict[str, int], {"a": 1}, None),
        (Box(2), Box, {"size": 2}, '{"size":2}'),
        ([Box(2)], list[Box], {"result": [{"size": 2}]}, '[{"size":2}]'),
        (b"\xff\x00", bytes, {"result": "_wA="}, "_wA="),
        ({1, 2}, set[int], {"result": [1, 2]}, None),
        (float("nan"), float, ..., None),
    ],
)
async def test_typed_results_go_out_as_structured_content_and_text(
    value: Any, hint: Any, structured: Any, text: str | None
):
    result = await answer(giving(value, hint))

    if structured is ...:
        assert result.fault is not None
        return
    assert result.structured is not None, result
    assert json.loads(result.structured) == structured
    if text is not None:
        assert result.text == text


async def test_a_result_declared_as_none_is_empty():
    result = await answer(giving(None, None))

    assert (result.content, result.structured, result.is_error) == ((), None, False)
    assert bound(giving(None, None)).spec.output_schema is None


@pytest.mark.parametrize(
    ("value", "structured", "text"),
    [
        ({"a": User(name="A")}, {"a": {"name": "A", "tags": []}}, None),
        ("plain", None, "plain"),
        (5, None, "5"),
        ([Box(1), Point(2)], None, '[{"size":1},{"x":2}]'),
        (Point(1), {"x": 1}, '{"x":1}'),
        (float("inf"), None, "null"),
    ],
)
async def test_untyped_results_promise_nothing_and_show_what_there_is(
    value: Any, structured: Any, text: str | None
):
    for give in (giving(value), giving(value, Any)):
        result = await answer(give)
        assert bound(give).spec.output_schema is None
        assert (result.structured and json.loads(result.structured)) == structured
        if text is not None:
            assert result.text == text


@pytest.mark.parametrize(
    ("value", "hint", "words"),
    [
        ("many", int, "the value is 'many'"),
        ({"nam": "A"}, User, "name"),
        ([User(name="A"), {"x": 1}], list[User], "1.name"),
        (None, User, "NoneType"),
        (5, None, "returned int and declares None"),
        (object(), ..., "which is no JSON"),
        ("\ud800", str, "no JSON"),
        (User.model_construct(name=5), User, "no JSON"),
    ],
)
async def test_a_result_that_does_not_fit_is_told_to_the_developer_and_not_to_the_client(
    value: Any, hint: Any, words: str
):
    result = await answer(giving(value, hint))

    assert result.fault is not None
    assert result.fault.kind == "bad_result"
    assert words in result.fault.traceback
    assert "demo.give returned" in result.fault.traceback
    assert result.text == (
        "demo.give returned something other than it declares "
        "(trace 0af7651916cd43dd8448eb211c80319c)."
        " The fault is in the tool, not in the arguments."
    )


async def test_an_error_in_the_authors_serializer_shows_where_it_was_raised():
    class Odd(pydantic.BaseModel):
        name: str

        @pydantic.field_serializer("name")
        def _name(self, value: str) -> str:
            raise KeyError("gone")

    result = await answer(giving(Odd(name="a"), Odd))

    assert result.fault is not None
    assert result.fault.kind == "bad_result"
    assert "gone" in result.fault.traceback
    assert "gone" not in result.text


async def test_names_in_the_schema_and_in_the_result_are_the_same():
    class Aliased(pydantic.BaseModel):
        user_name: str = pydantic.Field(alias="userName")

    give = giving(Aliased(userName="A"), Aliased)
    schema = bound(give).spec.output_schema

    assert schema is not None
    assert list(schema["properties"]) == ["userName"]
    assert (await answer(give)).structured == b'{"userName":"A"}'


async def test_images_sound_and_text_become_content_blocks():
    def show() -> list[Image | str]:
        return [Image(data=b"png"), "A cat", {"type": "text", "text": "as it is"}, Point(1)]

    result = await answer(show)

    assert bound(show).spec.output_schema is None
    assert list(result.content) == [
        {"type": "image", "data": "cG5n", "mimeType": "image/png"},
        {"type": "text", "text": "A cat"},
        {"type": "text", "text": "as it is"},
        {"type": "text", "text": '{"x":1}'},
    ]
    assert list((await answer(giving(Audio(data=b"wav"), Audio))).content) == [
        {"type": "audio", "data": "d2F2", "mimeType": "audio/wav"}
    ]


async def test_a_result_made_by_hand_goes_out_as_it_is():
    made = ToolResult(
        content=({"type": "text", "text": "hi"},), structured=b'{"a":1}', meta={"x": 1}
    )

    result = await answer(giving(made, ToolResult))

    assert (result.content, result.structured, result.meta) == (made.content, b'{"a":1}', {"x": 1})
    assert result.generation == 3
    assert [name for name, _, _ in result.phases] == ["arguments", "run", "result"]


@pytest.mark.parametrize(
    "made",
    [
        ToolResult(content=({"text": "no type"},)),
        ToolResult(content=("text",)),
        ToolResult(content=({"type": "text", "text": object()},)),
        ToolResult(structured=b"[1]"),
        ToolResult(structured=b"{"),
    ],
)
async def test_a_result_made_by_hand_that_could_not_go_out_is_a_fault(made: ToolResult):
    result = await answer(giving(made))

    assert result.fault is not None
    assert result.fault.kind == "bad_result"
    assert "cannot go out" in result.fault.traceback


async def test_a_union_of_objects_stands_under_result():
    schema = bound(giving(None, User | Point)).spec.output_schema

    assert schema is not None
    assert schema["required"] == ["result"]
    assert len(schema["properties"]["result"]["anyOf"]) == 2
