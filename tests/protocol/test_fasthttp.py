"""The fast lane over HTTP: what it answers itself, and what older sessions may expect of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from doors.harness import DEADLINE, INITIALIZE, MODERN, call, request, serving
from doors.web_client import http, modern, session

JSON = "application/json"


async def open_session(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """Wait until the fast lane knows the session."""
    with anyio.fail_after(DEADLINE):
        answer = await client.post("/mcp", json=request("tools/list", id=99), headers=headers)
        while answer.headers["content-type"] != JSON:
            answer = await client.post("/mcp", json=request("ping", id=99), headers=headers)


async def test_a_session_is_answered_with_plain_json_under_its_id():
    async with serving() as served, http(served) as client, session(client) as headers:
        await open_session(client, headers)
        answer = await client.post("/mcp", json=call("demo_echo", {"text": "x"}), headers=headers)
        assert answer.headers["content-type"] == JSON
        assert answer.headers["mcp-session-id"] == headers["mcp-session-id"]
        assert answer.json()["result"]["structuredContent"] == {"text": "x"}
        assert served.started[-1].client == "hand"


async def test_a_session_that_was_ended_is_not_found():
    async with serving() as served, http(served) as client, session(client) as headers:
        await open_session(client, headers)
        await client.delete("/mcp", headers=headers)
        answer = await client.post("/mcp", json=call("demo_echo"), headers=headers)
        assert answer.status_code == 404
        assert not served.started


async def test_ending_a_session_cancels_its_calls():
    async with serving() as served, http(served) as client, session(client) as headers:
        await open_session(client, headers)
        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:

                async def post() -> None:
                    await client.post("/mcp", json=call("demo_wait", id=7), headers=headers)

                tasks.start_soon(post)
                await served.gate.entered.wait()
                await client.delete("/mcp", headers=headers)
            await served.gate.cancelled.wait()


async def test_a_call_that_its_client_cancelled_is_answered_so():
    async with serving() as served, http(served) as client, session(client) as headers:
        await open_session(client, headers)
        answers: list[Any] = []

        async def post() -> None:
            answer = await client.post("/mcp", json=call("demo_wait", id=7), headers=headers)
            answers.append(answer.json())

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(post)
                await served.gate.entered.wait()
                cancel = {"method": "notifications/cancelled", "params": {"requestId": "7"}}
                told = await client.post("/mcp", json={"jsonrpc": "2.0"} | cancel, headers=headers)
        assert told.status_code == 202
        assert answers[0]["error"] == {"code": -32800, "message": "Request cancelled"}
        assert served.finished[0].outcome == "cancelled"


async def test_a_session_before_its_handshake_is_the_sdks():
    async with serving() as served, http(served) as client:
        accept = {"accept": "application/json, text/event-stream"}
        broken = request("initialize", INITIALIZE | {"clientInfo": 5})
        opened = await client.post("/mcp", json=broken, headers=accept)
        headers = accept | {"mcp-session-id": opened.headers["mcp-session-id"]}
        for number in range(3):
            body = call("demo_echo", {"text": "x"}, id=number)
            answer = await client.post("/mcp", json=body, headers=headers)
            assert "Invalid request parameters" in answer.text
        assert not served.started


async def test_a_call_with_a_progress_token_streams_its_progress():
    async with serving() as served, http(served) as client:
        body = call("demo_count", _meta=MODERN | {"progressToken": "p"})
        answer = await client.post("/mcp", json=body, headers=modern("tools/call", "demo_count"))
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text.count("notifications/progress") == 3


@pytest.mark.parametrize("header", ["mcp-param-text", "mcp-name"])
async def test_a_routing_header_that_says_another_thing_than_the_body_is_refused(header: str):
    async with serving() as served, http(served) as client:
        headers = modern("tools/call", "demo_echo") | {header: "other"}
        answer = await client.post("/mcp", json=call("demo_echo", _meta=MODERN), headers=headers)
        assert (answer.status_code == 400) == (header == "mcp-name")


async def test_the_list_is_new_after_a_reload():
    async with serving() as served, http(served) as client:
        body, headers = request("tools/list", {"_meta": MODERN}), modern("tools/list")
        before = await client.post("/mcp", json=body, headers=headers)
        served.add_tool("more")
        after = await client.post("/mcp", json=body, headers=headers)
        assert len(after.json()["result"]["tools"]) == len(before.json()["result"]["tools"]) + 1


ALONE = """
import sys
import anyio
from doors.harness import Gate, MODERN, call, make_endpoint, request
from micro.doors.http import HttpApp
from micro.events import EventBus
from protocol.lanes import post
import json


async def main():
    _, endpoint = make_endpoint(EventBus(), Gate())
    headers = [("host", "localhost"), ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"), ("mcp-protocol-version", "2026-07-28")]
    async with endpoint.running():
        discover = request("server/discover", {"_meta": MODERN})
        for body in (discover, call("demo_echo", _meta=MODERN)):
            own = [("mcp-method", body["method"]), ("mcp-name", "demo_echo")]
            answer = await post(HttpApp(endpoint), json.dumps(body).encode(), headers + own)
            print(answer.status, "result" in answer.body)

anyio.run(main)
print([name for name in ("mcp", "mcp_types") if name in sys.modules])
"""


def test_a_client_of_2026_07_28_is_served_without_the_sdk():
    tests = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {tests!r}){ALONE}"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["200 True", "200 True", "[]"]
