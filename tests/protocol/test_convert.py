"""What the gateway's types look like on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import MCPError
from mcp_types import CallToolResult, ListToolsResult

from doors.harness import echo, make_tool
from micro.calls import Fault, ToolResult, ToolSpec
from micro.errors import Refused, UnknownTool
from micro.protocol.convert import call_result, encode_arguments, refusal
from micro.protocol.listing import list_result, tool_entry


def test_a_tool_shows_only_what_is_known_of_it():
    spec = ToolSpec(service="shop", name="buy", input_schema={"type": "object"})
    assert tool_entry(spec) == {"name": "shop_buy", "inputSchema": {"type": "object"}}


def test_a_tool_shows_all_that_is_known_of_it():
    spec = ToolSpec(
        service="shop",
        name="buy",
        title="Buy",
        description="Buys.",
        input_schema={"type": "object"},
        output_schema={"type": "object"},
        annotations={"readOnlyHint": False},
    )
    entry = tool_entry(spec)
    assert list(entry) == [
        "name",
        "inputSchema",
        "title",
        "description",
        "outputSchema",
        "annotations",
    ]


def test_lists_and_results_are_what_the_sdk_takes_them_for():
    ListToolsResult.model_validate(list_result([make_tool("echo", echo)]))
    result = call_result(ToolResult(structured=b'{"a":1}', trace_id="t", generation=2))
    parsed = CallToolResult.model_validate(result)
    assert parsed.structured_content == {"a": 1}


def test_a_list_stays_private_to_its_caller():
    assert list_result([])["cacheScope"] == "private"


def test_a_structured_result_without_content_gets_its_text():
    result = call_result(ToolResult(structured=b'{"a":1}'))
    assert result["content"] == [{"type": "text", "text": '{"a":1}'}]


def test_a_failed_tool_keeps_its_traceback_to_itself():
    fault = Fault(kind="exception", message="It failed.", traceback="secret.py:1")
    result = call_result(ToolResult.failed(fault))
    assert result["isError"] is True
    assert "secret" not in json.dumps(result)


def test_meta_of_the_tool_goes_out_beside_ours():
    result = call_result(ToolResult(meta={"shop/page": 2}, trace_id="t", generation=7))
    assert result["_meta"] == {"shop/page": 2, "micro/trace_id": "t", "micro/generation": 7}


@pytest.mark.parametrize(
    "arguments",
    [None, {}, {"a": "é", "b": [1, {"c": None}]}, {"big": 10**30}, {"whole": "\U0001f600"}],
)
def test_arguments_stay_what_they_are(arguments: dict[str, Any] | None):
    assert json.loads(encode_arguments(arguments)) == (arguments or {})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_does_not_have_are_refused(number: float):
    with pytest.raises(MCPError, match="NaN"):
        encode_arguments({"x": [number]})


def test_half_of_a_character_is_refused():
    with pytest.raises(MCPError, match="surrogate"):
        encode_arguments({"half": "\ud800"})


def test_an_unknown_tool_is_invalid_params_and_other_refusals_are_ours():
    unknown = UnknownTool("There is no tool 'x'.", mend="ask for the list of tools")
    unknown.trace_id = "t"
    error = refusal(unknown)
    assert error.code == -32602
    assert error.message == "There is no tool 'x'. To mend it: ask for the list of tools."
    assert error.data == {"kind": "unknown_tool", "retryable": False, "micro/trace_id": "t"}
    assert not -32768 <= refusal(Refused("No.")).code <= -32000
