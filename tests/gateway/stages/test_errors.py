"""The outermost ring: nothing that nobody foresaw reaches a client as it is."""

from __future__ import annotations

import logging

import pytest

from calling import World, break_down, make_call, ok
from micro.calls import Call, ToolResult
from micro.errors import Refused
from micro.gateway.stages.errors import errors


async def test_an_unforeseen_exception_becomes_a_safe_result(caplog: pytest.LogCaptureFixture):
    result = await errors(make_call(), break_down)
    assert result.is_error
    assert result.fault is not None
    assert result.fault.retryable
    assert make_call().trace_id in result.text
    assert "secret" not in result.text
    assert "Traceback" not in result.text


async def test_the_developer_finds_the_exception_in_the_log_by_the_trace(
    caplog: pytest.LogCaptureFixture,
):
    with caplog.at_level(logging.ERROR):
        await errors(make_call(), break_down)
    (record,) = caplog.records
    assert record.__dict__["trace_id"] == make_call().trace_id
    assert record.exc_info is not None
    assert "/srv/keys" in str(record.exc_info[1])


async def test_results_go_through_as_they_are():
    assert (await errors(make_call(), ok)).text == "fine"


async def test_refusals_go_through_as_they_are():
    async def refuse(call: Call) -> ToolResult:
        raise Refused("not today", mend="ask tomorrow")

    with pytest.raises(Refused, match="not today"):
        await errors(make_call(), refuse)


async def test_a_gateway_that_fails_answers_and_records_once(caplog: pytest.LogCaptureFixture):
    world = World()
    result = await world.call("demo.break")
    assert result.is_error
    assert result.trace_id == world.records[0].trace_id
    assert [record.outcome for record in world.records] == ["error"]
