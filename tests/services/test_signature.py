from __future__ import annotations

import sys
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest
from pydantic import Field

from micro.errors import DeclarationError
from micro.services.context import Context
from micro.services.service import Service
from services.harness import bound, properties

if TYPE_CHECKING:
    from decimal import Decimal as Money


def refused(function: Any) -> DeclarationError:
    service = Service("users")
    service.tool(function)
    with pytest.raises(DeclarationError) as caught:
        service.bind()
    error = caught.value
    assert error.mend
    assert error.file == str(Path(__file__).resolve())
    assert error.line == function.__code__.co_firstlineno
    assert f"{Path(__file__).name}:{error.line}" in error.message
    assert f"users.{function.__name__}" in error.message
    return error


def test_a_type_that_is_only_imported_for_type_checkers_is_refused_by_parameter():
    def pay(to: str, amount: Money) -> None: ...

    error = refused(pay)
    assert "parameter amount" in error.message
    assert "'Money' is not defined" in error.message
    assert "TYPE_CHECKING" in str(error.mend)


def test_a_result_type_that_does_not_resolve_is_refused():
    def pay() -> Nowhere: ...  # noqa: F821

    assert "its result has a type that does not resolve" in refused(pay).message


def test_a_parameter_without_a_type_is_refused():
    def pay(to: str, amount) -> None: ...

    assert "parameter amount has no type" in refused(pay).message


def test_a_method_without_its_instance_is_told_how_methods_become_tools():
    class Users:
        def get(self, id: str) -> str: ...

    assert refused(Users.get).mend == "make the class's methods tools with users.handle(TheClass())"


def test_any_number_of_values_is_refused():
    def pay(*amounts: int) -> None: ...

    error = refused(pay)
    assert "parameter *amounts" in error.message
    assert error.mend == "take a list[...] instead"


def test_any_names_are_refused():
    def pay(**amounts: int) -> None: ...

    error = refused(pay)
    assert "parameter **amounts" in error.message
    assert error.mend == "take a dict[str, ...] instead"


def test_a_parameter_without_a_name_for_callers_is_refused():
    def pay(amount: int, /) -> None: ...

    assert "parameter amount cannot be given by name" in refused(pay).message


def test_a_type_without_a_schema_is_refused_by_parameter():
    class Wallet: ...

    def pay(to: str, wallet: Wallet) -> None: ...

    error = refused(pay)
    assert "parameter wallet has a type without a schema" in error.message
    assert "Wallet" in error.message


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="typing has the TypedDict that is needed")
def test_a_typed_dict_of_an_old_python_is_refused_with_the_import_that_works():
    class Options(typing.TypedDict):
        limit: int

    def pay(options: Options) -> None: ...

    assert refused(pay).mend == "from typing_extensions import TypedDict"


def test_a_result_without_a_schema_is_refused():
    class Wallet: ...

    def pay() -> Wallet: ...

    assert "its result has a type without a schema" in refused(pay).message


def test_a_constraint_that_cannot_be_is_refused():
    def pay(to: str, amount: Annotated[str, Field(pattern="(")]) -> None: ...

    assert "parameter amount" in refused(pay).message


def test_a_second_context_is_refused():
    def pay(one: Context, two: Context) -> None: ...

    assert "two is a second Context" in refused(pay).message


def test_the_context_stands_anywhere_and_never_in_the_schema():
    def first(ctx: Context, a: int) -> None: ...
    def last(a: int, ctx: Context | None = None) -> None: ...
    def named(a: int, *, where: Annotated[Optional[Context], "here"] = None) -> None: ...  # noqa: UP045

    for function, name in ((first, "ctx"), (last, "ctx"), (named, "where")):
        tool = bound(function)
        assert tool.context == name
        assert list(tool.spec.input_schema["properties"]) == ["a"]


def test_types_of_an_enclosing_function_resolve():
    import dataclasses

    @dataclasses.dataclass
    class Point:
        x: int

    def move(to: Point, by: Optional[list[Point]] = None) -> Point:  # noqa: UP045
        return to

    assert bound(move).arguments.parse(b'{"to": {"x": 1}}') == {"to": Point(1)}


def test_a_decorated_function_is_read_as_what_it_wraps():
    import functools

    def logged(function: Any) -> Any:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return run

    @logged
    def add(a: int, b: int = 2) -> int:
        return a + b

    assert list(properties(add)) == ["a", "b"]
    assert bound(add).function(a=1) == 3


def test_a_function_without_parameters_takes_an_empty_object():
    def ping() -> str: ...

    schema = bound(ping).spec.input_schema
    assert schema == {"type": "object", "properties": {}, "additionalProperties": False}
