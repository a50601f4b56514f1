"""Forms of types: what a client is sent, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from micro.errors import MicroError, ToolError
from micro.services.forms import Form


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Order:
    item: Annotated[str, Field(description="What to order")]
    count: Annotated[int, Field(ge=1)] = 1
    size: Size | None = None
    gift: bool = False
    extras: list[Literal["milk", "sugar"]] | None = None
    kind: Literal["tea"] = "tea"


class Model(BaseModel):
    """Words that a form has no place for."""

    name: str
    price: float = 1.5


class Typed(TypedDict):
    name: str


class Struct(msgspec.Struct):
    name: str


def test_a_form_is_flat_and_plain():
    assert Form(Order).schema == {
        "type": "object",
        "properties": {
            "item": {"type": "string", "description": "What to order"},
            "count": {"type": "integer", "minimum": 1, "default": 1},
            "size": {"type": "string", "enum": ["s", "l"]},
            "gift": {"type": "boolean", "default": False},
            "extras": {"type": "array", "items": {"type": "string", "enum": ["milk", "sugar"]}},
            "kind": {"type": "string", "enum": ["tea"], "default": "tea"},
        },
        "required": ["item"],
    }


@pytest.mark.parametrize(
    ("wanted", "content", "value"),
    [
        (Order, {"item": "tea", "size": "l"}, Order("tea", size=Size.LARGE)),
        (Model, {"name": "a", "price": 2}, Model(name="a", price=2)),
        (Typed, {"name": "a"}, {"name": "a"}),
        (Struct, {"name": "a"}, Struct("a")),
        (str, {"value": "a"}, "a"),
        (int, {"value": 3}, 3),
        (Size, {"value": "s"}, Size.SMALL),
        ({"properties": {"x": {"type": "string"}}}, {"x": 1, "y": 2}, {"x": 1, "y": 2}),
    ],
)
def test_what_is_filled_in_becomes_the_type(wanted: Any, content: Any, value: Any):
    assert Form(wanted).read(content) == value


@pytest.mark.parametrize(
    ("wanted", "content", "words"),
    [(Order, {}, "item: Field required"), (int, {"value": "x"}, "it: Input should be")],
)
def test_what_does_not_fit_is_said(wanted: Any, content: Any, words: str):
    with pytest.raises(ToolError, match=f"The answer does not fit the form: {words}"):
        Form(wanted).read(content)


@dataclass
class Deep:
    inner: Model


@dataclass
class Free:
    names: list[str]


@pytest.mark.parametrize("wanted", [Deep, Free, list[int], dict[str, int], object()])
def test_what_no_client_could_show_is_refused(wanted: Any):
    with pytest.raises(MicroError) as refused:
        Form(wanted)
    assert refused.value.mend
