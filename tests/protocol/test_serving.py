"""MCP over HTTP through real clients of both eras."""

from __future__ import annotations

import json

import anyio
import anyio.lowlevel
import pytest
from mcp import Client, MCPError
from mcp_types import TextContent

from doors.harness import DEADLINE, ERAS, MODERN, call, request, serving
from doors.web_client import http, modern, raw_http, session


@ERAS
async def test_a_client_lists_and_calls_tools(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == [
            "demo_count",
            "demo_echo",
            "demo_fail",
            "demo_wait",
        ]
        result = await client.call_tool("demo_echo", {"text": "hello"})
        assert result.structured_content == {"text": "hello"}
        assert not result.is_error


@ERAS
async def test_a_canonical_name_is_accepted_in_a_call(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo.echo", {"text": "x"})
        assert result.structured_content == {"text": "x"}


@ERAS
async def test_a_failed_tool_is_a_result_that_the_model_reads(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_fail", {})
        assert result.is_error
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "the stock is empty"


@ERAS
async def test_an_unknown_tool_is_a_protocol_error_that_suggests_a_name(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        with pytest.raises(MCPError, match="Did you mean `demo_echo`") as caught:
            await client.call_tool("demo_ecco", {})
        assert caught.value.code == -32602
        assert caught.value.data["micro/trace_id"] == served.started[0].trace_id


@ERAS
async def test_a_removed_tool_is_a_tool_error_and_the_connection_lives(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        await client.list_tools()
        left = [t for t in served.registry.catalogue.tools if t.spec.name in ("fail", "wait")]
        served.registry.swap({"demo": left})
        for _ in range(2):
            result = await client.call_tool("demo_echo", {"text": "hello"})
            assert result.is_error
            assert isinstance(result.content[0], TextContent)
            expected = "The tool demo_echo was removed. There are: demo_fail, demo_wait."
            assert result.content[0].text == expected
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            "demo_fail",
            "demo_wait",
        ]


@ERAS
async def test_progress_reaches_a_client_that_asked(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        seen: list[tuple[float, float | None, str | None]] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen.append((progress, total, message))

        result = await client.call_tool("demo_count", {}, progress_callback=note)
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "asked: True"
        assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


@ERAS
async def test_a_client_that_asked_for_no_progress_gets_none(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_count", {})
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "asked: False"


async def test_a_disconnect_cancels_the_call_at_2026_07_28():
    async with serving() as served:
        async with http(served) as client:
            with anyio.move_on_after(DEADLINE) as scope:
                async with anyio.create_task_group() as tasks:

                    async def post() -> None:
                        body = call("demo_wait", _meta=MODERN)
                        headers = modern("tools/call", "demo_wait")
                        await client.post("/mcp", json=body, headers=headers)

                    tasks.start_soon(post)
                    await served.gate.entered.wait()
                    tasks.cancel_scope.cancel()
            assert not scope.cancelled_caught
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        await served.until(lambda: served.finished)
        assert served.finished[0].outcome == "cancelled"


async def test_a_disconnect_does_not_cancel_the_call_of_an_older_client():
    async with serving() as served, http(served) as client, session(client) as headers:
        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:

                async def post() -> None:
                    await client.post("/mcp", json=call("demo_wait", id=7), headers=headers)

                tasks.start_soon(post)
                await served.gate.entered.wait()
                tasks.cancel_scope.cancel()
            await client.post("/mcp", json=request("ping", id=8), headers=headers)
            served.gate.release.set()
            await served.until(lambda: served.finished)
        assert served.finished[0].outcome == "ok"


async def test_an_older_client_cancels_its_call_by_notification():
    async with serving() as served, http(served) as client, session(client) as headers:
        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:

                async def post() -> None:
                    await client.post("/mcp", json=call("demo_wait", id=7), headers=headers)

                tasks.start_soon(post)
                await served.gate.entered.wait()
                cancel = {"method": "notifications/cancelled", "params": {"requestId": 7}}
                await client.post("/mcp", json={"jsonrpc": "2.0"} | cancel, headers=headers)
                await served.until(lambda: served.finished)
        assert served.finished[0].outcome == "cancelled"


async def test_twenty_clients_at_once_each_get_their_own_answers():
    async with serving() as served:

        async def use(number: int) -> None:
            async with Client(served.mcp, mode="legacy" if number % 2 else "auto") as client:
                for turn in range(3):
                    text = f"{number}-{turn}"
                    result = await client.call_tool("demo_echo", {"text": text})
                    assert result.structured_content == {"text": text}

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(use, number)
        assert len(served.finished) == 60


async def test_blanks_round_a_routing_header_are_no_mismatch():
    async with serving() as served:
        headers = modern("tools/call", "demo_echo \t ")
        body = json.dumps(call("demo_echo", _meta=MODERN)).encode()
        answer = await raw_http(served, "POST /mcp", headers=headers, body=body)
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_junk_json_is_a_parse_error_with_a_null_id():
    async with serving() as served, http(served) as client:
        headers = modern("tools/call") | {"content-type": "application/json"}
        answer = await client.post("/mcp", content=b'{"jsonrpc": "2.0", ', headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32700
        assert answer.json()["id"] is None
