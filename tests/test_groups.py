"""An error comes out of the groups that task groups put it in."""

from __future__ import annotations

import anyio
import pytest

from micro.errors import MicroError
from micro.groups import sole_error, unwrapped


async def fail(error: BaseException) -> None:
    raise error


def test_one_error_is_taken_out_of_its_groups():
    error = ValueError("x")
    assert sole_error(ExceptionGroup("a", [ExceptionGroup("b", [error])])) is error
    assert sole_error(error) is error


def test_several_errors_stay_a_group():
    group = ExceptionGroup("a", [ValueError(), KeyError()])
    assert sole_error(ExceptionGroup("outer", [group])) is group


async def test_an_error_comes_out_of_a_task_group_as_itself():
    error = MicroError("x")
    with pytest.raises(MicroError) as caught, unwrapped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail, error)
    assert caught.value is error
    assert caught.value.__suppress_context__


async def test_an_error_keeps_its_cause_on_its_way_out():
    error = MicroError("x")
    error.__cause__ = KeyError("why")
    with pytest.raises(MicroError) as caught, unwrapped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail, error)
    assert isinstance(caught.value.__cause__, KeyError)
