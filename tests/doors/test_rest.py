"""What curl sees: plain JSON in, plain JSON out, and a status that says how it went."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from msgspec.structs import replace

from doors.harness import DEADLINE, Run, Served, echo, fail, make_tool, serving
from micro.calls import Call, Fault, ToolResult
from micro.events import ToolsChanged

TRACE = "0af7651916cd43dd8448eb211c80319c"


@asynccontextmanager
async def rest() -> AsyncGenerator[tuple[Served, httpx2.AsyncClient]]:
    async with (
        serving() as served,
        httpx2.AsyncClient(base_url=served.url, timeout=DEADLINE, trust_env=False) as client,
    ):
        yield served, client


async def test_the_list_gives_both_names_and_the_schemas():
    async with rest() as (_, client):
        tools = (await client.get("/mcp/tools")).json()["tools"]
        assert tools[1]["name"] == "demo.echo"
        assert tools[1]["mcpName"] == "demo_echo"
        assert tools[1]["inputSchema"]["properties"] == {"text": {"type": "string"}}


@pytest.mark.parametrize("name", ["demo.echo", "demo_echo"])
async def test_a_call_gives_result_and_trace_id(name: str):
    async with rest() as (served, client):
        answer = await client.post("/mcp/call", json={"tool": name, "input": {"text": "x"}})
        trace_id = served.started[0].trace_id
        assert answer.status_code == 200
        assert answer.json() == {"result": {"text": "x"}, "trace_id": trace_id}
        assert answer.headers["mcp-trace-id"] == trace_id


async def test_a_call_needs_no_input_and_no_content_type():
    async with rest() as (_, client):
        answer = await client.post("/mcp/call", content=b'{"tool": "demo.echo"}')
        assert answer.json()["result"] == {"text": ""}


@pytest.mark.parametrize("run", [echo, fail])
async def test_an_answer_of_code_whose_last_save_does_not_load_says_so(run: Run):
    async def stale(call: Call) -> ToolResult:
        result = await run(call)
        return replace(result, meta={**result.meta, "micro/reload_error": "one.py:8: SyntaxError"})

    async with rest() as (served, client):
        assert served.registry.swap({"demo": [make_tool("stale", stale), make_tool("sound", run)]})
        answers = [
            (await client.post("/mcp/call", json={"tool": f"demo.{name}"})).json()
            for name in ("stale", "sound")
        ]
    assert answers[0]["reload_error"] == "one.py:8: SyntaxError"
    assert "reload_error" not in answers[1]


@pytest.mark.parametrize("body", [b'{"text": "x"}', b""])
async def test_a_tool_has_a_path_of_its_own(body: bytes):
    async with rest() as (_, client):
        answer = await client.post("/mcp/call/demo/echo", content=body)
        assert answer.json()["result"] == {"text": "x" if body else ""}


async def test_a_call_is_recorded_with_its_door_and_client():
    async with rest() as (served, client):
        headers = {"user-agent": "curl/8.5.0"}
        await client.post("/mcp/call", json={"tool": "demo.echo"}, headers=headers)
        assert (served.started[0].door, served.started[0].client) == ("rest", "curl")


async def test_a_traceparent_is_continued():
    async with rest() as (_, client):
        headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        answer = await client.post("/mcp/call", json={"tool": "demo.echo"}, headers=headers)
        assert answer.json()["trace_id"] == TRACE


async def test_an_unknown_tool_is_not_found_and_a_name_is_suggested():
    async with rest() as (served, client):
        answer = await client.post("/mcp/call", json={"tool": "demo.ecco"})
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["kind"] == "unknown_tool"
        assert "Did you mean `demo_echo`" in error["message"]
        assert answer.json()["trace_id"] == served.started[0].trace_id
        assert served.finished[0].outcome == "refused"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("bad_arguments", 422),
        ("tool_error", 500),
        ("exception", 500),
        ("bad_result", 500),
        ("host_lost", 503),
        ("timeout", 504),
    ],
)
async def test_the_status_says_why_a_tool_failed(kind: str, status: int):
    async def broken(call: Call) -> ToolResult:
        return ToolResult.failed(Fault(kind=kind, message="sorry", retryable=True))

    async with rest() as (served, client):
        served.registry.swap({"demo": [make_tool("broken", broken)]})
        answer = await client.post("/mcp/call", json={"tool": "demo.broken"})
        assert answer.status_code == status
        assert answer.json()["error"] == {"kind": kind, "message": "sorry", "retryable": True}
        assert answer.headers["mcp-trace-id"] == answer.json()["trace_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/mcp/call", b""),
        ("/mcp/call", b'{"tool": "demo.echo", "in'),
        ("/mcp/call", b'{"input": {}}'),
        ("/mcp/call", b'{"tool": 5}'),
        ("/mcp/call", b'{"tool": "\xff"}'),
        ("/mcp/call", b'{"tool": "demo.echo", "inputs": {}}'),
        ("/mcp/call", b'{"tool": "demo.echo", "input": [1]}'),
        ("/mcp/call", b'{"tool": "demo.echo", "input": {"text": NaN}}'),
        ("/mcp/call", b"[" * 100_000),
        ("/mcp/call/demo/echo", b'{"text": '),
        ("/mcp/call/demo/echo", b'"text"'),
        ("/mcp/call/demo/echo", b"[" * 100_000),
    ],
)
async def test_a_body_that_is_no_call_says_what_to_send(path: str, body: bytes):
    async with rest() as (served, client):
        answer = await client.post(path, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["kind"] == "bad_body"
        assert '"input"' in answer.json()["error"]["mend"]
        assert not served.started


async def test_a_scalar_that_was_wrapped_for_mcp_comes_bare():
    async def add(call: Call) -> ToolResult:
        return ToolResult(content=({"type": "text", "text": "5"},), structured=b'{"result":5}')

    async def result(call: Call) -> ToolResult:
        text = '{"result":5}'
        return ToolResult(content=({"type": "text", "text": text},), structured=text.encode())

    async with rest() as (served, client):
        served.registry.swap({"demo": [make_tool("add", add), make_tool("result", result)]})
        assert (await client.post("/mcp/call/demo/add")).json()["result"] == 5
        assert (await client.post("/mcp/call/demo/result")).json()["result"] == {"result": 5}


async def test_text_comes_bare_and_other_blocks_as_they_are():
    image = {"type": "image", "data": "aGk=", "mimeType": "image/png"}

    async def say(call: Call) -> ToolResult:
        return ToolResult(content=({"type": "text", "text": "hi"},))

    async def draw(call: Call) -> ToolResult:
        return ToolResult(content=(image,))

    async with rest() as (served, client):
        served.registry.swap({"demo": [make_tool("say", say), make_tool("draw", draw)]})
        assert (await client.post("/mcp/call/demo/say")).json()["result"] == "hi"
        assert (await client.post("/mcp/call/demo/draw")).json()["result"] == [image]


async def test_a_client_that_goes_away_cancels_its_call():
    async with rest() as (served, _):
        port = int(served.url.rpartition(":")[2])
        body = json.dumps({"tool": "demo.wait"})
        head = f"POST /mcp/call HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send((head + body).encode())
            await served.gate.entered.wait()
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()


async def test_a_client_that_leaves_before_its_body_is_whole_makes_no_call():
    async with rest() as (served, client):
        port = int(served.url.rpartition(":")[2])
        head = "POST /mcp/call HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n"
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(head.encode() + b'{"tool": "demo.echo"')
        answer = await client.post("/mcp/call", json={"tool": "demo.echo"})
        assert answer.status_code == 200
        assert len(served.started) == 1


async def test_the_list_is_the_one_in_force():
    async with rest() as (served, client):
        served.registry.swap({"demo": [make_tool("other", echo)]})
        served.bus.publish(ToolsChanged(tools=1))
        tools = (await client.get("/mcp/tools")).json()["tools"]
        assert [tool["name"] for tool in tools] == ["demo.other"]
