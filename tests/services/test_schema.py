from __future__ import annotations

import datetime
import enum
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional

import jsonschema
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field
from typing_extensions import Doc, TypedDict

from micro.services.arguments import BadArguments
from services.harness import bound, properties


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Address(pydantic.BaseModel):
    """Where someone lives."""

    street: str
    zip: Annotated[str, Field(pattern=r"^\d{5}$", description="Five digits")]


class Node(pydantic.BaseModel):
    value: int
    children: list[Node] = []


@dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Pair(NamedTuple):
    left: int
    right: str


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]
    name: str


class Leaf(msgspec.Struct):
    size: int


class Tree(msgspec.Struct):
    name: str
    leaves: list[Leaf] = []
    parent: Tree | None = None
    spare: Leaf | None = None


def taking(hint: Any) -> Callable[..., None]:
    def take(value) -> None: ...

    take.__annotations__ = {"value": hint, "return": None}
    return take


TYPES: list[tuple[Any, Any, Any]] = [
    (int, 3, "three"),
    (float, 2.5, "half"),
    (bool, True, [True]),
    (str, "a", 5),
    (Any, {"free": [1, None]}, None),
    (Optional[int], None, "x"),  # noqa: UP045
    (int | str, "a", [1]),
    (list[int], [1, 2], ["a"]),
    (list, [1, "a"], 5),
    (dict[str, int], {"a": 1}, {"a": "b"}),
    (dict, {"a": []}, 5),
    (dict[str, list[Point]], {"a": [{"x": 1}]}, {"a": {"x": 1}}),
    (set[int], [1, 2], [[]]),
    (frozenset[str], ["a"], "a"),
    (tuple[int, str], [1, "a"], [1]),
    (tuple[int, ...], [1, 2, 3], ["a"]),
    (Literal["a", 1], "a", "b"),
    (Colour, "red", "green"),
    (Level, 2, 3),
    (datetime.date, "2026-01-31", "31 January"),
    (datetime.datetime, "2026-01-31T10:00:00Z", "soon"),
    (datetime.time, "10:00:00Z", "late"),
    (datetime.timedelta, "PT1H", "an hour"),
    (uuid.UUID, "3fa85f64-5717-4562-b3fc-2c963f66afa6", "me"),
    (Decimal, "1.50", "much"),
    (bytes, "bWljcm8=", "?"),
    (Annotated[int, Field(ge=1, le=9)], 9, 10),
    (Annotated[str, Field(min_length=2, max_length=3, pattern="^a")], "ab", "b"),
    (Annotated[list[int], Field(min_length=1)], [1], []),
    (Address, {"street": "s", "zip": "12345"}, {"street": "s", "zip": "1"}),
    (Node, {"value": 1, "children": [{"value": 2}]}, {"value": 1, "children": [{}]}),
    (Point, {"x": 1, "tags": ["a"]}, {"y": 1}),
    (Movie, {"title": "M"}, {"year": 1}),
    (Pair, [1, "a"], [1, 2]),
    (Cat | Dog, {"kind": "dog", "name": "Rex"}, {"kind": "cow"}),
    (
        Annotated[Cat | Dog, Field(discriminator="kind")],
        {"kind": "cat", "lives": 9},
        {"kind": "cat", "name": "Tom"},
    ),
    (list[Optional[Address]], [None, {"street": "s", "zip": "12345"}], [1]),  # noqa: UP045
    (pydantic.AnyUrl, "https://example.com/", "nowhere"),
    (pydantic.PositiveInt, 1, 0),
    (Leaf, {"size": 1}, {"size": "big"}),
    (Tree, {"name": "oak", "leaves": [{"size": 1}], "parent": {"name": "x"}}, {"name": 1}),
    (list[Leaf] | None, [{"size": 1}], {"size": 1}),
]


def label(case: tuple[Any, Any, Any]) -> str:
    return str(case[0])[:50]


def valid(schema: dict[str, Any], value: Any) -> bool:
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return checker.is_valid(value)


@pytest.mark.parametrize("case", TYPES, ids=label)
def test_schema_and_validator_agree_on_what_fits_and_what_does_not(case: tuple[Any, Any, Any]):
    hint, good, bad = case
    tool = bound(taking(hint))
    schema = tool.spec.input_schema
    jsonschema.Draft202012Validator.check_schema(schema)

    assert valid(schema, {"value": good})
    tool.arguments.parse(json.dumps({"value": good}).encode())

    if hint is Any:
        return
    with pytest.raises(BadArguments, match="value"):
        tool.arguments.parse(json.dumps({"value": bad}).encode())
    unchecked = ("date", "time", "uuid", "uri", "duration", "base64")
    if not any(word in json.dumps(schema) for word in unchecked) and hint is not Decimal:
        assert not valid(schema, {"value": bad})


@pytest.mark.parametrize("case", TYPES, ids=label)
def test_schemas_have_no_made_up_titles_and_stand_alone(case: tuple[Any, Any, Any]):
    schema = bound(taking(case[0])).spec.input_schema
    text = json.dumps(schema)

    assert '"title":' not in text.replace('"title": {"type"', "")
    assert "$structRef" not in text
    for ref in _refs(schema):
        assert ref.removeprefix("#/$defs/") in schema["$defs"]


def _refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for each in value.values() for ref in _refs(each)]
    return [ref for each in value for ref in _refs(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("case", TYPES, ids=label)
def test_a_result_goes_out_as_its_output_schema_says(case: tuple[Any, Any, Any]):
    hint, good, _ = case
    tool = bound(taking(hint))
    value = tool.arguments.parse(json.dumps({"value": good}).encode())["value"]

    def give() -> Any: ...

    give.__annotations__ = {"return": hint}
    giver = bound(give)
    _, structured = giver.result.encode(value)
    schema = giver.spec.output_schema
    if hint is Any:
        assert schema is None
        return
    assert schema is not None
    assert schema["type"] == "object"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert structured is not None
    assert valid(schema, json.loads(structured)), (schema, structured)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-3, 3) | st.sampled_from("abc"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["x", "y", "value", "title", "kind", "size"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)

PLAIN = [
    int,
    float,
    str,
    bool,
    list[int],
    dict[str, int],
    int | str,
    Optional[list[str]],  # noqa: UP045
    tuple[int, str],
    Literal["a", 1],
    Point,
    Movie,
    Node,
    Leaf,
    Cat | Dog,
    Annotated[int, Field(ge=0, lt=4)],
    list[Point | None],
]
COMPILED = [bound(taking(hint)) for hint in PLAIN]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(which=st.sampled_from(range(len(PLAIN))), value=json_values)
def test_what_the_schema_accepts_the_validator_accepts(which: int, value: Any):
    tool = COMPILED[which]
    if not valid(tool.spec.input_schema, {"value": value}):
        return

    tool.arguments.parse(json.dumps({"value": value}).encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(which=st.sampled_from(range(len(PLAIN))), value=json_values)
def test_what_the_validator_accepts_is_as_the_schema_says_once_converted(which: int, value: Any):
    tool = COMPILED[which]
    try:
        taken = tool.arguments.parse(json.dumps({"value": value}).encode())
    except BadArguments as error:
        assert "value" in str(error)
        return

    plain = json.loads(pydantic.TypeAdapter(Any).dump_json(_plain(taken)))
    assert valid(tool.spec.input_schema, plain)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def test_descriptions_come_from_annotated_texts_docs_and_fields():
    def find(
        text: Annotated[str, "What to look for"],
        limit: Annotated[int, Field(description="How many", ge=1)] = 10,
        where: Annotated[str, Doc("A folder")] = ".",
        tags: list[Annotated[str, "One tag"]] | None = None,
    ) -> None:
        """Find.

        Args:
            text: Not this.
            tags: All tags.
        """

    found = properties(find)
    assert found["text"] == {"type": "string", "description": "What to look for"}
    assert found["limit"]["description"] == "How many"
    assert found["where"]["description"] == "A folder"
    assert found["tags"]["description"] == "All tags."
    assert found["tags"]["anyOf"][0]["items"]["description"] == "One tag"


def test_a_description_stands_beside_a_reference():
    def move(to: Node, frm: Annotated[Node, "Where from"]) -> None:
        """Move.

        Args:
            to: Where to.
        """

    found = properties(move)
    assert found["to"] == {"$ref": "#/$defs/Node", "description": "Where to."}
    assert found["frm"] == {"$ref": "#/$defs/Node", "description": "Where from"}


def test_defaults_are_shown_as_a_caller_would_send_them():
    def make(
        a: int = 3,
        b: Colour = Colour.RED,
        c: Point = Point(1),  # noqa: B008
        d: datetime.date = datetime.date(2026, 1, 31),
        e: str | None = None,
        f: Decimal = Decimal("1.50"),
    ) -> None: ...

    shown = {name: each["default"] for name, each in properties(make).items()}
    assert shown == {
        "a": 3,
        "b": "red",
        "c": {"x": 1, "y": 0, "tags": []},
        "d": "2026-01-31",
        "e": None,
        "f": "1.50",
    }
    assert "required" not in bound(make).spec.input_schema


def test_a_default_that_a_caller_could_not_send_is_left_to_the_function():
    missing: Any = object()

    def make(a: int = missing, b: int = "text") -> None: ...

    tool = bound(make)
    assert "default" not in tool.spec.input_schema["properties"]["a"]
    assert "default" not in tool.spec.input_schema["properties"]["b"]
    assert tool.arguments.parse(b"{}") == {}


def test_none_as_a_default_means_that_none_may_be_sent():
    def make(a: int = None, b: Annotated[int, Field(ge=1)] = None) -> None: ...  # noqa: RUF013

    tool = bound(make)
    assert tool.arguments.parse(b'{"a": null, "b": null}') == {"a": None, "b": None}
    assert valid(tool.spec.input_schema, {"a": None, "b": None})


def test_pydantics_field_may_be_a_default_and_pythons_default_wins_over_it():
    def make(
        a: int = Field(default=3, ge=1, description="A"),
        b: Annotated[int, Field(default=4)] = 5,
        c: str = Field(description="C", alias="from"),
    ) -> None: ...

    tool = bound(make)
    assert tool.spec.input_schema["required"] == ["from"]
    assert tool.spec.input_schema["properties"]["a"]["default"] == 3
    assert tool.spec.input_schema["properties"]["b"]["default"] == 5
    assert tool.arguments.parse(b'{"from": "x"}') == {"a": 3, "b": 5, "c": "x"}


def test_the_same_code_gives_the_same_schemas():
    def make(a: frozenset[str] = frozenset({"x"}), b: dict[str, Node] | None = None) -> Node: ...

    first, second = bound(make).spec, bound(make).spec
    assert json.dumps(first.input_schema) == json.dumps(second.input_schema)
    assert json.dumps(first.output_schema) == json.dumps(second.output_schema)


def test_a_recursive_result_is_an_object_at_its_root():
    def make() -> Node: ...

    schema = bound(make).spec.output_schema
    assert schema is not None
    assert schema["type"] == "object"
    assert list(schema["$defs"]) == ["Node"]


def test_two_structs_of_one_name_in_one_tool_are_refused():
    def named(inner: type[Any]) -> Any:
        return msgspec.defstruct("Box", [("a", inner), ("b", inner)])

    one = msgspec.defstruct("Item", [("x", int)])
    other = msgspec.defstruct("Item", [("y", str)])

    def make(a: Any, b: Any) -> None: ...

    make.__annotations__ = {"a": named(one), "b": named(other), "return": None}
    with pytest.raises(Exception, match=r"two types are named Box\.Item"):
        bound(make)
