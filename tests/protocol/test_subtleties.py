"""What servers of MCP get wrong, by HTTP: the order of errors, odd methods, ids, headers, JSON.

``SUBTLETIES`` says of each thing which test shows that it is right here; most are elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from doors.harness import DEADLINE, INITIALIZE, MODERN, call, request, serving
from doors.web_client import http, modern, session
from micro.doors.http import HttpApp
from micro.protocol.fast import FastLane
from protocol.lanes import REGION, make_endpoint
from protocol.subtleties import SUBTLETIES

TESTS = Path(__file__).parents[1]
VERSION = "io.modelcontextprotocol/protocolVersion"
LATER = MODERN | {VERSION: "2099-01-01"}
ACCEPT = {"accept": "application/json, text/event-stream"}


def test_every_subtlety_has_a_test_that_exists():
    assert sorted(SUBTLETIES) == list(range(1, 33))
    for words, places in SUBTLETIES.values():
        assert words
        assert places, words
        for place in places:
            path, _, name = place.partition("::")
            text = (TESTS / path).read_text("utf-8")
            assert not name or re.search(rf"def {name}\b", text), place


@asynccontextmanager
async def client() -> AsyncGenerator[httpx2.AsyncClient]:
    """Give a client of an application in this process."""
    endpoint = make_endpoint(FastLane)
    transport = httpx2.ASGITransport(app=HttpApp(endpoint))
    async with (
        endpoint.running(),
        httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=DEADLINE
        ) as client,
    ):
        yield client


def echo(meta: dict[str, Any] | None = None) -> dict[str, Any]:
    return call("demo_echo", {"text": "x"}, **({} if meta is None else {"_meta": meta}))


@pytest.mark.parametrize(
    ("message", "headers", "status", "code"),
    [
        (echo(), {}, 400, -32602),
        (echo(LATER), {}, 400, -32020),
        (echo(LATER), {"mcp-protocol-version": "2099-01-01"}, 400, -32022),
        (
            echo(LATER),
            {"mcp-protocol-version": "2099-01-01", "mcp-method": "tools/list"},
            400,
            -32020,
        ),
        (request("no/such", {"_meta": MODERN}), {"mcp-method": "no/such"}, 404, -32601),
        (request("ping", {"_meta": MODERN}), {"mcp-method": "ping"}, 404, -32601),
        (
            request("logging/setLevel", {"_meta": MODERN, "level": "info"}),
            {"mcp-method": "logging/setLevel"},
            404,
            -32601,
        ),
        (
            request("resources/subscribe", {"_meta": MODERN, "uri": "a://b"}),
            {"mcp-method": "resources/subscribe"},
            404,
            -32601,
        ),
        (request("tools/call", {"_meta": MODERN}), {"mcp-name": ""}, 400, -32602),
        (
            request("tools/call", {"_meta": MODERN, "name": "demo_echo", "arguments": [1]}),
            {},
            400,
            -32602,
        ),
        (call("demo_none", _meta=MODERN), {"mcp-name": "demo_none"}, 400, -32602),
        (echo(MODERN) | {"id": None}, {}, 400, -32600),
        (echo(MODERN) | {"id": 1.5}, {}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, {}, 400, -32600),
        ([echo(MODERN)], {}, 400, -32600),
    ],
)
async def test_errors_of_2026_07_28_have_their_status_and_their_order(
    message: Any, headers: dict[str, str], status: int, code: int
):
    async with client() as posted:
        every = modern("tools/call", "demo_echo") | headers
        every = {key: value for key, value in every.items() if value}
        answer = await posted.post("/mcp", json=message, headers=every)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert "id" in answer.json()
        if code == -32022:
            assert "2026-07-28" in answer.json()["error"]["data"]["supported"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_2026_07_28_has_no_streams_and_no_sessions(method: str):
    async with client() as sent:
        answer = await sent.request(method, "/mcp", headers=modern("tools/list"))
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        headers = modern("tools/call", "demo_echo") | {
            "mcp-session-id": "none",
            "last-event-id": "3",
        }
        answer = await sent.post("/mcp", json=echo(MODERN), headers=headers)
        assert answer.status_code == 200
        assert "mcp-session-id" not in answer.headers


async def test_a_notification_of_2026_07_28_is_taken_and_cancels_nothing_of_others():
    async with serving() as served, http(served) as sent, anyio.create_task_group() as tasks:
        answers: list[httpx2.Response] = []

        async def wait() -> None:
            waiting = call("demo_wait", id=1, _meta=MODERN)
            headers = modern("tools/call", "demo_wait")
            answers.append(await sent.post("/mcp", json=waiting, headers=headers))

        tasks.start_soon(wait)
        await served.gate.entered.wait()
        note = {"requestId": 1, "_meta": MODERN}
        message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": note}
        answer = await sent.post("/mcp", json=message, headers=modern("notifications/cancelled"))
        assert (answer.status_code, answer.content) == (202, b"")
        served.gate.release.set()
        with anyio.fail_after(DEADLINE):
            await served.until(lambda: served.finished)
        assert not served.gate.cancelled.is_set()


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json, text/event-stream", 200),
        ("*/*", 200),
        ("text/html", 406),
        ("application/json;q=0.9, text/event-stream;q=0.1", 200),
    ],
)
async def test_who_accepts_neither_json_nor_streams_is_told(accept: str, status: int):
    async with client() as sent:
        headers = modern("tools/call", "demo_echo") | {"accept": accept}
        assert (await sent.post("/mcp", json=echo(MODERN), headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/json; charset=utf-8", 200), ("application/json", 200), ("text/plain", 415)],
)
async def test_a_charset_beside_json_is_no_other_type(kind: str, status: int):
    async with client() as sent:
        headers = modern("tools/call", "demo_echo") | {"content-type": kind}
        body = json.dumps(echo(MODERN)).encode()
        answer = await sent.post("/mcp", content=body, headers=headers)
        assert answer.status_code in ({status} if status == 200 else {400, status})


@pytest.mark.parametrize(
    ("arguments", "header", "status"),
    [
        ({"text": "eu"}, {"mcp-param-region": "eu"}, 200),
        ({"text": "eu"}, {"mcp-param-region": "us"}, 400),
        ({"text": "eu"}, {}, 400),
        ({}, {"mcp-param-region": "eu"}, 400),
        ({}, {}, 200),
        ({"text": "eu"}, {"mcp-param-region": "=?base64?ZXU=?="}, 200),
    ],
)
async def test_an_argument_that_is_mirrored_in_a_header_is_the_same_in_both(
    arguments: dict[str, str], header: dict[str, str], status: int
):
    assert "x-mcp-header" in REGION["properties"]["text"]
    async with client() as sent:
        message = call("demo_mirrored", arguments, _meta=MODERN)
        headers = modern("tools/call", "demo_mirrored") | header
        answer = await sent.post("/mcp", json=message, headers=headers)
        assert answer.status_code == status
        if status == 400:
            assert answer.json()["error"]["code"] == -32020


@pytest.mark.parametrize("name", ["mcp-method", "mcp-name", "mcp-protocol-version"])
async def test_a_routing_header_that_is_there_twice_is_refused(name: str):
    async with client() as sent:
        headers = list(modern("tools/call", "demo_echo").items())
        headers.append((name, dict(headers)[name]))
        answer = await sent.post("/mcp", json=echo(MODERN), headers=headers)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (b'{"text":"x","text":"y"}', 200),
        (b'{"more":' + b"9" * 40 + b',"text":"x"}', 200),
        (b'{"text":"\\ud83d\\ude00"}', 200),
        (b'{"text":"\\ud83d"}', 400),
        (b'{"text":NaN}', 400),
        (b'{"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    ],
    ids=["twice", "large number", "pair", "half a pair", "NaN", "deep"],
)
async def test_json_that_parsers_disagree_on_never_breaks_anything(arguments: bytes, status: int):
    async with client() as sent:
        body = json.dumps(echo(MODERN)).encode().replace(b'{"text": "x"}', arguments)
        headers = modern("tools/call", "demo_echo") | {"content-type": "application/json"}
        answer = await sent.post("/mcp", content=body, headers=headers)
        assert answer.status_code == status
        assert ("result" in answer.json()) == (status == 200)


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ],
)
async def test_an_older_client_gets_its_version_or_the_latest_with_a_handshake(
    asked: str, agreed: str
):
    async with client() as sent:
        opening = request("initialize", INITIALIZE | {"protocolVersion": asked})
        answer = await sent.post("/mcp", json=opening, headers=ACCEPT)
        assert agreed in answer.text
        assert len(answer.headers["mcp-session-id"]) >= 32


async def test_a_session_that_is_not_known_is_not_found_and_none_is_a_bad_request():
    async with client() as sent:
        answer = await sent.post(
            "/mcp", json=request("tools/list"), headers=ACCEPT | {"mcp-session-id": "unknown"}
        )
        assert answer.status_code == 404
        answer = await sent.post("/mcp", json=request("tools/list"), headers=ACCEPT)
        assert answer.status_code == 400


async def test_a_session_has_one_stream_of_news():
    async with serving() as served, http(served) as sent, session(sent) as headers:
        stream = headers | {"accept": "text/event-stream"}
        async with sent.stream("GET", "/mcp", headers=stream) as first:
            assert first.status_code == 200
            assert "no-cache" in first.headers["cache-control"]
            second = await sent.get("/mcp", headers=stream)
            assert second.status_code == 409
