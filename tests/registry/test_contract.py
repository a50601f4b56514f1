"""What a change of a tool means for who calls it is said, and said rightly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from micro.calls import ToolSpec
from micro.registry.contract import describe_changes
from micro.services.service import Service


def spec(function: Any, **options: Any) -> ToolSpec:
    service = Service("orders")
    service.tool(**{"name": "create", **options})(function)
    return service.bind()[0].spec


def told(before: Any, after: Any) -> list[str]:
    return list(describe_changes([spec(before)], [spec(after)]))


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Bush(BaseModel):
    name: str
    height: int
    children: list[Bush] = []


class Size(Enum):
    S = "s"
    M = "m"


@dataclass
class Line:
    sku: str
    qty: int = 1


@dataclass
class Strict:
    sku: str
    qty: int


@dataclass
class Less:
    sku: str


CASES: list[tuple[Any, Any, list[str]]] = []


def case(*lines: str) -> Any:
    def keep(make: Any) -> Any:
        before, after = make()
        CASES.append((before, after, [f"orders.create: {line}" for line in lines]))
        return make

    return keep


@case(
    "parameter `qty` became required — BREAKING", "parameter `qty` has another default — text-only"
)
def _required():
    def a(sku: str, qty: int = 1) -> None: ...
    def b(sku: str, qty: int) -> None: ...

    return a, b


@case("parameter `qty` was added and is required — BREAKING")
def _added_required():
    def a(sku: str) -> None: ...
    def b(sku: str, qty: int) -> None: ...

    return a, b


@case("parameter `qty` was added — compatible")
def _added_optional():
    def a(sku: str) -> None: ...
    def b(sku: str, qty: int = 1) -> None: ...

    return a, b


@case("parameter `qty` was removed — BREAKING")
def _removed():
    def a(sku: str, qty: int = 1) -> None: ...
    def b(sku: str) -> None: ...

    return a, b


@case("parameter `qty` changed from integer to number — compatible")
def _wider_number():
    def a(qty: int) -> None: ...
    def b(qty: float) -> None: ...

    return a, b


@case("parameter `qty` changed from string to integer — BREAKING")
def _other_type():
    def a(qty: str) -> None: ...
    def b(qty: int) -> None: ...

    return a, b


@case("parameter `qty` may be null — compatible")
def _nullable():
    def a(qty: int) -> None: ...
    def b(qty: int | None) -> None: ...

    return a, b


@case("parameter `qty` maximum 100 → 10 — BREAKING")
def _tighter():
    def a(qty: Annotated[int, Field(le=100)]) -> None: ...
    def b(qty: Annotated[int, Field(le=10)]) -> None: ...

    return a, b


@case("parameter `qty` minimum 1 → none — compatible")
def _looser():
    def a(qty: Annotated[int, Field(ge=1)]) -> None: ...
    def b(qty: int) -> None: ...

    return a, b


@case(
    "parameter `size` no longer takes 'l' — BREAKING", "parameter `size` takes 'm' too — compatible"
)
def _values():
    def a(size: Literal["s", "l"]) -> None: ...
    def b(size: Literal["s", "m"]) -> None: ...

    return a, b


@case("parameter `size` takes only 's', 'm' — BREAKING")
def _enum():
    def a(size: str) -> None: ...
    def b(size: Size) -> None: ...

    return a, b


@case(
    "parameter `lines[].qty` became required — BREAKING",
    "parameter `lines[].qty` has another default — text-only",
)
def _nested():
    def a(lines: list[Line]) -> None: ...
    def b(lines: list[Strict]) -> None: ...

    return a, b


@case("parameter `tree.height` was added and is required — BREAKING")
def _recursive():
    def a(tree: Tree) -> None: ...
    def b(tree: Bush) -> None: ...

    return a, b


@case("result `qty` was added — compatible")
def _result_grows():
    def a() -> Less: ...
    def b() -> Line: ...

    return a, b


@case("result `qty` was removed — BREAKING")
def _result_shrinks():
    def a() -> Line: ...
    def b() -> Less: ...

    return a, b


@case("result `result` may be null — BREAKING")
def _result_widens():
    def a() -> int: ...
    def b() -> int | None: ...

    return a, b


@case("promises no result any more — BREAKING")
def _no_result():
    def a() -> int: ...
    def b() -> Any: ...

    return a, b


@case("has another description — text-only")
def _words():
    def a() -> None:
        "Create."

    def b() -> None:
        "Make."

    return a, b


@case()
def _nothing():
    def a(sku: str, lines: list[Line]) -> Tree: ...
    def b(sku: str, lines: list[Line]) -> Tree: ...

    return a, b


@pytest.mark.parametrize(("before", "after", "lines"), CASES)
def test_a_change_is_said_with_what_it_means(before: Any, after: Any, lines: list[str]):
    assert told(before, after) == lines


def test_tools_that_come_and_go_and_scopes_are_said_the_worst_first():
    def tool(sku: str) -> None: ...

    before = [spec(tool), spec(tool, name="old")]
    after = [spec(tool, scopes=["orders:write"]), spec(tool, name="new")]
    assert list(describe_changes(before, after)) == [
        "orders.old — REMOVED",
        "orders.create: needs the scope orders:write — BREAKING",
        "orders.new — added",
    ]


def test_a_resource_and_what_becomes_another_kind_are_told():
    def offered(uri: str, mime_type: str = "", size: int = 1) -> ToolSpec:
        service = Service("shop")
        service.resource(uri, name="price", mime_type=mime_type, size=size)(lambda: "x")
        return service.bind()[0].spec

    def between(before: ToolSpec, after: ToolSpec) -> list[str]:
        return list(describe_changes([before], [after]))

    service = Service("shop")
    service.prompt(name="price", complete={"item": lambda typed: [typed]})(_ask)
    prompt, completer = (bound.spec for bound in service.bind())
    assert between(offered("a://b"), offered("a://c")) == ["shop.price: has another uri — BREAKING"]
    changed = between(offered("a://b"), offered("a://b", "text/csv"))
    assert changed == ["shop.price: has another MIME type — BREAKING"]
    changed = between(offered("a://b"), offered("a://b", size=2))
    assert changed == ["shop.price: has another size — text-only"]
    assert "shop.price: is a prompt now — BREAKING" in between(offered("a://b"), prompt)
    assert describe_changes([], [completer]) == ()


def _ask(item: str) -> str:
    return item
