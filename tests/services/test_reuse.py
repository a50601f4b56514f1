"""What a service's next generation takes over from what was compiled for the last one."""

from __future__ import annotations

import enum
import gc
import weakref
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge
from pydantic import BaseModel, Field

from micro import Context, Service
from micro.services.binding import BoundTool


def generation(
    function: Callable[..., Any], last: Service | None = None, **options: Any
) -> Service:
    service = Service("shop")
    service.tool(name="tool", **options)(function)
    if last is not None:
        service.follow(last)
    return service


def bound(before: Callable[..., Any], after: Callable[..., Any]) -> tuple[BoundTool, BoundTool]:
    first = generation(before)
    (old,) = first.bind()
    (new,) = generation(after, first).bind()
    return old, new


def make(body: int) -> Callable[..., Any]:
    async def tool(
        name: Annotated[str, Field(min_length=1), "Whose"],
        ctx: Context,
        size: Literal["s", "m"] = "s",
        tags: tuple[str, ...] = (),
        count: Annotated[int, Ge(1)] | None = None,
    ) -> dict[str, int]:
        """Count.

        @example {"name": "ada"}
        """
        return {name: body}

    return tool


def test_an_edit_of_the_body_compiles_nothing_and_runs_the_new_code():
    old, new = bound(make(1), make(2))
    assert new.arguments is old.arguments
    assert new.result is old.result
    assert new.spec == old.spec
    assert new.function is not old.function
    assert new.context == "ctx"


def test_where_the_function_moved_to_is_told_though_nothing_is_compiled():
    def here(count: int) -> int:
        return count

    def there(count: int) -> int:
        return count

    old, new = bound(here, there)
    assert new.arguments is old.arguments
    assert new.spec.line > old.spec.line
    assert new.threaded


class Model(BaseModel):
    number: int = 0


class Colour(enum.Enum):
    RED = 1


def one(count: int = 1) -> int: ...
def truth(count: int = True) -> int: ...
def another_type(count: float = 1) -> int: ...
def another_name(number: int = 1) -> int: ...
def more(count: int = 1, more: int = 1) -> int: ...
def needed(count: int) -> int: ...
def worded(count: int = 1) -> int:
    """Count."""
    ...


def described(count: Annotated[int, "How many"] = 1) -> int: ...
def bounded(count: Annotated[int, Ge(1)] = 1) -> int: ...


@pytest.mark.parametrize(
    "after", [truth, another_type, another_name, more, needed, worded, described, bounded]
)
def test_whatever_is_told_of_the_arguments_is_compiled_anew_when_it_changes(
    after: Callable[..., Any],
):
    old, new = bound(one, after)
    (fresh,) = generation(after).bind()
    assert new.arguments is not old.arguments
    assert new.spec == fresh.spec


def model(given: Model) -> Model: ...
def colour(given: Colour = Colour.RED) -> Literal[Colour.RED]: ...
def factory(given: Annotated[list[int], Field(default_factory=lambda: [1])]) -> int: ...


@pytest.mark.parametrize("function", [model, colour, factory])
def test_what_a_project_may_have_changed_inside_is_compiled_anew(function: Callable[..., Any]):
    old, new = bound(function, function)
    assert new.arguments is not old.arguments
    assert new.spec == old.spec


def test_a_result_of_another_type_is_compiled_anew_and_the_arguments_are_not():
    def before(count: int) -> int: ...
    def after(count: int) -> list[int]: ...

    old, new = bound(before, after)
    assert new.arguments is old.arguments
    assert new.spec.output_schema != old.spec.output_schema


def test_another_option_is_told():
    first = generation(one, title="One", scopes=["a"])
    (old,) = first.bind()
    (new,) = generation(one, first, title="Two", scopes=["b"]).bind()
    assert (new.spec.title, new.spec.scopes) == ("Two", ("b",))
    assert new.arguments is not old.arguments


def test_a_tool_that_becomes_a_prompt_is_one():
    def say(name: str) -> str: ...

    first = generation(say)
    first.bind()
    second = Service("shop")
    second.prompt(name="tool")(say)
    second.follow(first)
    (spec,) = (each.spec for each in second.bind())
    assert (spec.kind, spec.output_schema) == ("prompt", None)


def test_a_generation_is_not_kept_by_the_next():
    first = generation(make(0))
    first.bind()
    second = generation(make(1), first)
    second.bind()
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None
