"""The types of the hot way, and the fold of stages."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calling import make_call, ok, text_result
from micro.calls import Call, CallNext, Fault, ToolResult, ToolSpec, compose


def test_a_tool_has_a_name_for_people_and_one_for_the_wire():
    spec = ToolSpec(service="users", name="get_user", input_schema={})
    assert (spec.full_name, spec.wire_name) == ("users.get_user", "users_get_user")


def test_a_result_is_an_error_if_it_has_a_fault():
    failed = ToolResult.failed(Fault(kind="timeout", message="too slow"), generation=2)
    assert (failed.is_error, failed.text, failed.generation) == (True, "too slow", 2)
    assert not text_result("x").is_error


def test_the_text_of_a_result_is_its_text_blocks():
    blocks = ({"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"})
    assert ToolResult(content=blocks).text == "a\nb"


def test_a_call_does_not_change():
    with pytest.raises(AttributeError):
        make_call().name = "other"  # pyright: ignore


async def test_no_stage_at_all_is_the_innermost():
    assert compose([], ok) is ok


async def test_a_stage_may_answer_without_what_lies_inside():
    async def shortcut(call: Call, call_next: CallNext) -> ToolResult:
        return text_result("cached")

    async def never(call: Call) -> ToolResult:
        raise AssertionError

    assert (await compose([shortcut], never)(make_call())).text == "cached"


async def test_a_stage_may_pass_on_another_call_and_give_another_result():
    async def rename(call: Call, call_next: CallNext) -> ToolResult:
        result = await call_next(replace(call, name="new"))
        return replace(result, meta={"seen": True})

    async def innermost(call: Call) -> ToolResult:
        return text_result(call.name)

    result = await compose([rename], innermost)(make_call())
    assert (result.text, result.meta) == ("new", {"seen": True})
