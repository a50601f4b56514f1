"""Every answer over HTTP names the trace that it belongs to: the caller's, or one of its own."""

from __future__ import annotations

import httpx2
import pytest

from doors.harness import MODERN, call
from doors.web_client import modern
from verdicts import http_client, open_shop

TEA = call("shop.echo", {"text": "tea"}, _meta=MODERN)


async def test_every_http_answer_names_its_trace():
    async with open_shop() as shop, http_client(shop, shop.token()) as client:
        answers: list[httpx2.Response] = [
            await client.get("/health"),
            await client.get("/mcp/tools"),
            await client.get("/nowhere"),
            await client.post("/mcp", json=TEA, headers=modern("tools/call", "shop.echo")),
            await client.post("/mcp", json={}),
        ]
    traces = [answer.headers["mcp-trace-id"] for answer in answers]
    assert len(set(traces)) == len(traces)
    assert all(len(trace) == 32 for trace in traces)
    assert answers[3].json()["result"]["_meta"]["micro/trace_id"] == traces[3]
    assert shop.records[0].trace_id == traces[3]


@pytest.mark.parametrize("lane", ["shop.echo", "shop.echo with progress"])
@pytest.mark.parametrize("where", ["header", "meta", "both"])
async def test_the_trace_of_an_answer_is_the_callers(where: str, lane: str):
    trace, other = "a" * 32, "b" * 32
    meta = MODERN | ({"progressToken": 1} if "progress" in lane else {})
    headers = modern("tools/call", "shop.echo")
    if where in ("meta", "both"):
        meta = meta | {"traceparent": f"00-{trace}-{'c' * 16}-01"}
    if where in ("header", "both"):
        given = other if where == "both" else trace
        headers["traceparent"] = f"00-{given}-{'d' * 16}-01"
    async with open_shop() as shop, http_client(shop, shop.token()) as client:
        message = call("shop.echo", {"text": "tea"}, _meta=meta)
        answer = await client.post("/mcp", json=message, headers=headers)
    assert answer.headers["mcp-trace-id"] == trace
    assert shop.records[0].trace_id == trace


@pytest.mark.parametrize("odd", ["", "junk", f"00-{'0' * 32}-{'c' * 16}-01", f"ff-{'a' * 32}-x"])
async def test_what_is_no_trace_is_passed_over(odd: str):
    meta = MODERN | {"traceparent": odd}
    async with open_shop() as shop, http_client(shop, shop.token()) as client:
        message = call("shop.echo", {"text": "tea"}, _meta=meta)
        headers = modern("tools/call", "shop.echo") | {"traceparent": odd}
        answer = await client.post("/mcp", json=message, headers=headers)
    assert answer.headers["mcp-trace-id"] == shop.records[0].trace_id
    assert shop.records[0].trace_id not in ("a" * 32, "0" * 32)
