from __future__ import annotations

import logging
from typing import Any

import anyio.from_thread
import pytest

from micro.calls import Call, Caller, Fault, Progress, ToolResult
from micro.errors import MicroError, Refused, ToolError
from micro.services.context import Context, current_call, plain_result
from micro.services.service import Service
from services.harness import TRACE, call_of, local, only_tool


async def test_a_tool_learns_who_calls_and_by_which_door():
    async def whoami(ctx: Context) -> dict[str, Any]:
        return {
            "trace": ctx.trace_id,
            "call": ctx.call_id,
            "tool": ctx.tool,
            "who": ctx.subject,
            "client": ctx.client,
            "door": ctx.door,
            "scopes": list(ctx.scopes),
        }

    caller = Caller(door="rest", client="curl", subject="ada", scopes=("users:read",))
    result = await only_tool(whoami).run(call_of(caller=caller))

    assert plain_result(result) == {
        "trace": TRACE,
        "call": 7,
        "tool": "demo.whoami",
        "who": "ada",
        "client": "curl",
        "door": "rest",
        "scopes": ["users:read"],
    }


async def test_a_tool_can_tell_other_systems_which_call_it_is():
    async def tell(ctx: Context) -> dict[str, str]:
        return {"traceparent": ctx.traceparent, **ctx.metadata}

    call = call_of(caller=Caller(door="rest", subject="ada"))
    assert plain_result(await only_tool(tell).run(call)) == {
        "traceparent": f"00-{TRACE}-{call.span_id}-01",
        "Mcp-Trace-Id": TRACE,
        "Mcp-Tool-Name": "demo.tell",
        "Mcp-Account-Id": "ada",
    }


async def test_log_lines_are_named_after_the_tool(caplog: pytest.LogCaptureFixture):
    async def work(ctx: Context) -> None:
        ctx.log.warning("half of %s", "it")

    with caplog.at_level(logging.INFO):
        await only_tool(work).run(call_of())

    assert [(each.name, each.getMessage()) for each in caplog.records] == [
        ("demo.work", "half of it")
    ]


async def test_the_running_call_is_known_in_async_tools_and_in_threads():
    async def on_loop() -> str:
        return repr(current_call())

    def in_thread() -> str:
        return repr(current_call())

    for function in (on_loop, in_thread):
        result = await only_tool(function).run(call_of(id=42))
        assert result.text == "CurrentCall(call=42, service='demo')"
    assert current_call() is None


async def test_progress_reaches_who_asked():
    seen: list[Progress] = []

    async def sink(progress: Progress) -> None:
        seen.append(progress)

    async def work(ctx: Context) -> None:
        await ctx.progress(1, 3, "first")

    def sync_work(ctx: Context) -> None:
        anyio.from_thread.run(ctx.progress, 2)

    for function in (work, sync_work):
        assert not (await only_tool(function).run(call_of(on_progress=sink))).is_error
        assert not (await only_tool(function).run(call_of())).is_error
    assert seen == [Progress(progress=1, total=3, message="first"), Progress(progress=2)]


async def call_through(call_tool: Any, arguments: dict[str, Any]) -> Any:
    async def relay(ctx: Context) -> Any:
        return {"got": await ctx.call("other.tool", **arguments)}

    service = Service("demo")
    service.tool(relay)
    (tool,) = local(service, call_tool=call_tool).tools
    return await tool.run(call_of())


async def test_another_tool_is_called_as_a_part_of_this_call():
    asked: list[tuple[str, bytes, Call]] = []

    async def call_tool(name: str, arguments: bytes, call: Call) -> ToolResult:
        asked.append((name, arguments, call))
        return ToolResult(
            content=({"type": "text", "text": '{"total":3}'},), structured=b'{"total":3}'
        )

    result = await call_through(call_tool, {"a": 1, "tool_name": "x"})

    assert plain_result(result) == {"got": {"total": 3}}
    name, arguments, call = asked[0]
    assert (name, arguments) == ("other.tool", b'{"a":1,"tool_name":"x"}')
    assert call.trace_id == TRACE


@pytest.mark.parametrize("function", ["number", "text", "wrapped", "untyped", "nothing"])
async def test_a_called_tools_result_comes_as_it_was_returned(function: str):
    def number() -> int:
        return 5

    def text() -> str:
        return "hi"

    def wrapped() -> dict[str, int]:
        return {"result": 5}

    def untyped():
        return "plain"

    def nothing() -> None: ...

    tools = {each.__name__: each for each in (number, text, wrapped, untyped, nothing)}
    result = await only_tool(tools[function]).run(call_of())

    expected = {"number": 5, "text": "hi", "wrapped": {"result": 5}, "untyped": "plain"}
    assert plain_result(result) == expected.get(function, "")


async def test_a_called_tools_failure_is_the_callers_in_the_same_words():
    async def call_tool(name: str, arguments: bytes, call: Call) -> ToolResult:
        return ToolResult.failed(Fault(kind="tool_error", message="no stock", retryable=True))

    result = await call_through(call_tool, {})

    assert result.fault is not None
    assert (result.fault.kind, result.text, result.fault.retryable) == (
        "tool_error",
        "no stock",
        True,
    )


async def test_a_refused_call_tells_why():
    async def call_tool(name: str, arguments: bytes, call: Call) -> ToolResult:
        raise Refused("there is no tool other.tool")

    result = await call_through(call_tool, {})

    assert result.fault is not None
    assert (result.fault.kind, result.text) == ("tool_error", "there is no tool other.tool")


async def test_without_a_gateway_a_call_says_what_to_do():
    context = Context(call_of(), tool="demo.tool")

    with pytest.raises(MicroError, match="no gateway") as caught:
        await context.call("other.tool")

    assert "micro dev" in str(caught.value.mend)


async def test_arguments_that_are_no_json_are_refused_before_the_call():
    async def call_tool(name: str, arguments: bytes, call: Call) -> ToolResult:
        raise AssertionError("was called")

    context = Context(call_of(), tool="demo.tool", call_tool=call_tool)
    with pytest.raises(MicroError, match="what is not JSON"):
        await context.call("other.tool", value=object())


def test_tool_error_is_what_ctx_call_raises():
    assert not issubclass(ToolError, MicroError)
