"""The fast lane over HTTP: what it answers itself, and what older sessions may expect of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from doors import harness
from doors.harness import DEADLINE, INITIALIZE, MODERN, Gate, call, request, serving
from doors.web_client import http, modern, session
from micro.events import EventBus
from micro.protocol.fasthttp import FastHttp
from micro.protocol.longcalls import LongCalls

JSON = "application/json"


async def test_a_session_is_answered_with_plain_json_under_its_id():
    async with serving() as served, http(served) as client, session(client) as headers:
        answer = await client.post("/mcp", json=call("demo_echo", {"text": "x"}), headers=headers)
        assert answer.headers["content-type"] == JSON
        assert answer.headers["mcp-session-id"] == headers["mcp-session-id"]
        assert answer.json()["result"]["structuredContent"] == {"text": "x"}
        assert served.started[-1].client == "hand"


async def test_a_session_that_was_ended_is_not_found():
    async with serving() as served, http(served) as client, session(client) as headers:
        await client.delete("/mcp", headers=headers)
        answer = await client.post("/mcp", json=call("demo_echo"), headers=headers)
        assert answer.status_code == 404
        assert not served.started


async def test_ending_a_session_cancels_its_calls():
    async with serving() as served, http(served) as client, session(client) as headers:
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


async def test_a_handshake_that_fails_opens_no_session():
    async with serving() as served, http(served) as client:
        accept = {"accept": "application/json, text/event-stream"}
        broken = request("initialize", INITIALIZE | {"clientInfo": 5})
        answer = await client.post("/mcp", json=broken, headers=accept)
        assert "Invalid request parameters" in answer.text
        assert "mcp-session-id" not in answer.headers
        assert not len(served.endpoint.sessions)


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


async def test_a_call_that_takes_long_is_answered_on_a_stream_with_signs_of_life():
    gate, sent, alive = Gate(), list[Any](), anyio.Event()
    _, endpoint = harness.make_endpoint(EventBus(), gate)
    long_calls = LongCalls(period=0.001)
    fast = FastHttp(endpoint.lane, endpoint.sessions, long_calls=long_calls)
    headers = modern("tools/call", "demo_wait") | {"content-type": JSON}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 4:
            alive.set()

    async def answer() -> None:
        body = json.dumps(call("demo_wait", _meta=MODERN)).encode()
        assert await fast.serve({"headers": raw}, body, anyio.sleep_forever, send)

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(long_calls.run)
            async with anyio.create_task_group() as calls:
                calls.start_soon(answer)
                await alive.wait()
                gate.release.set()
            tasks.cancel_scope.cancel()
    assert (b"content-type", b"text/event-stream") in sent[0]["headers"]
    assert sent[1]["body"] == b": ping\r\n\r\n"
    event, data = sent[-1]["body"].split(b"\r\n")[:2]
    assert event == b"event: message"
    assert json.loads(data.removeprefix(b"data: "))["result"]["content"][0]["text"] == "released"


ALONE = """
import json
import sys
import anyio
from doors.harness import Gate, MODERN, call, make_endpoint, request
from micro.doors.http import HttpApp
from micro.events import EventBus
from micro.protocol import endpoint as endpoints
from protocol.lanes import post, wire
from protocol.oddities import HANDSHAKE

endpoints.LOAD_AFTER = 1000


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
        older = headers[:-1]
        for body in (*HANDSHAKE, call("demo_echo", {"text": "x"}, id=1)):
            answer = await post(HttpApp(endpoint), json.dumps(body).encode(), older)
            older = headers[:-1] + [("mcp-session-id", answer.headers["mcp-session-id"])]
            print(answer.status, answer.is_result)
        for method in ("GET", "DELETE", "GET"):
            answer = await post(HttpApp(endpoint), b"", older, method=method)
            print(answer.status, answer.is_result)
        async with wire(endpoint) as client:
            lines = [json.dumps(each).encode() for each in (*HANDSHAKE, request("tools/list"))]
            print(["result" in said for said in await client.ask(*lines, until=request("ping"))])

anyio.run(main)
print([name for name in ("mcp", "mcp_types") if name in sys.modules])
"""


def test_clients_of_both_eras_are_served_without_the_sdk():
    tests = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {tests!r}){ALONE}"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    answers = str([True] * 7)
    session = ["200 True", "202 False", "200 True", "200 False", "200 False", "404 False"]
    assert ran.stdout.splitlines() == ["200 True", "200 True", *session, answers, "[]"]


MEETING = """
import json
import sys
import anyio
from doors.harness import Gate, MODERN, call, make_endpoint, request
from micro.doors.http import HttpApp
from micro.events import EventBus
from micro.protocol import endpoint as endpoints
from protocol.lanes import post

endpoints.LOAD_AFTER = 0


async def main():
    _, endpoint = make_endpoint(EventBus(), Gate())
    headers = [("host", "localhost"), ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"), ("mcp-protocol-version", "2026-07-28")]
    async with endpoint.running():
        discover = request("server/discover", {"_meta": MODERN})
        for body in (call("demo_echo", _meta=MODERN), discover):
            own = [("mcp-method", body["method"]), ("mcp-name", "demo_echo")]
            await anyio.wait_all_tasks_blocked()
            print("mcp" in sys.modules)
            await post(HttpApp(endpoint), json.dumps(body).encode(), headers + own)
        with anyio.fail_after(20):
            while "mcp" not in sys.modules:
                await anyio.sleep(0.01)

anyio.run(main)
"""


def test_the_sdk_is_loaded_for_who_introduces_himself_and_not_for_who_only_calls():
    tests = str(Path(__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {tests!r}){MEETING}"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["False", "False"]
