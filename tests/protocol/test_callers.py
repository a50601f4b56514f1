"""Who a call is recorded as, and in which trace."""

from __future__ import annotations

from typing import Any

from mcp import Client

from doors.harness import ERAS, MODERN, call, serving
from doors.web_client import http, modern

TRACE = "0af7651916cd43dd8448eb211c80319c"


@ERAS
async def test_a_call_is_recorded_with_its_door_and_client(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        await client.call_tool("demo_echo", {"text": "x"})
        (started,) = served.started
        assert (started.door, started.client) == ("http", "mcp")
        assert started.arguments == '{"text":"x"}'


@ERAS
async def test_the_result_carries_the_trace_id_and_the_generation(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_echo", {})
        assert result.meta is not None
        assert result.meta["micro/trace_id"] == served.started[0].trace_id
        assert result.meta["micro/generation"] == 3


@ERAS
async def test_a_traceparent_in_meta_is_continued(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        meta: Any = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        await client.call_tool("demo_echo", {}, meta=meta)
        assert served.started[0].trace_id == TRACE


async def test_a_traceparent_header_is_continued():
    async with serving() as served, http(served) as client:
        headers = modern("tools/call", "demo_echo")
        headers["traceparent"] = f"00-{TRACE}-b7ad6b7169203331-01"
        answer = await client.post("/mcp", json=call("demo_echo", _meta=MODERN), headers=headers)
        assert answer.json()["result"]["_meta"]["micro/trace_id"] == TRACE
