"""The fast lane and the SDK alone answer alike: same status, same headers, same body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import ASGIApp

from doors.harness import INITIALIZE, MODERN, call, request
from protocol.alone import lane_and_sdk
from protocol.lanes import answered, both_endpoints, post, wire
from protocol.oddities import HANDSHAKE, Headers, Oddities, Post
from protocol.visits import Visitor, Visits

LEGACY_MARK = request("ping")
MODERN_MARK = request("server/discover", {"_meta": MODERN})


def shown(sent: Post) -> str:
    return f"\n{sent.body!r}\n{sent.headers!r}"


def alike(sent: Post, ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Whether answers are the same, but for requests whose id is none.

    The SDK takes those for notifications in older sessions, and answers nothing.
    """
    id = json.loads(sent.body).get("id", 0) if (ours[0], theirs[0]) == (400, 202) else 0
    return ours == theirs or isinstance(id, bool) or not isinstance(id, int | str)


@pytest.mark.parametrize("seed", [1, 2])
async def test_requests_of_2026_07_28_over_http_are_answered_alike(seed: int):
    async with lane_and_sdk() as (ours, fast, slow):
        for sent in Oddities(seed, modern=True).posts(3000):
            ahead = await post(fast, sent.body, sent.headers)
            behind = await post(slow, sent.body, sent.headers)
            assert ahead.seen == behind.seen, shown(sent)
        assert answered(ours) > 900


@pytest.mark.parametrize("identity", [{"version": ""}, {"instructions": ""}, {"name": 'a "b"'}])
async def test_who_serves_is_said_alike(identity: dict[str, str]):
    async with lane_and_sdk(**identity) as (_, fast, slow):
        for sent in Oddities(9, modern=True).posts(50):
            ahead = await post(fast, sent.body, sent.headers)
            behind = await post(slow, sent.body, sent.headers)
            assert ahead.seen == behind.seen, shown(sent)


async def open_session(app: ASGIApp) -> Headers:
    """Shake hands, and wait until the session is past it."""
    headers = [
        ("host", "localhost"),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
    ]
    opened = await post(app, json.dumps(HANDSHAKE[0]).encode(), headers)
    headers.append(("mcp-session-id", opened.headers["mcp-session-id"]))
    await post(app, json.dumps(HANDSHAKE[1]).encode(), headers)
    await post(app, b'{"jsonrpc":"2.0","id":"a","method":"tools/list"}', headers)
    return headers[-1:]


async def test_requests_of_older_sessions_over_http_are_answered_alike():
    async with lane_and_sdk() as (ours, fast, slow):
        own, other = await open_session(fast), await open_session(slow)
        for sent in Oddities(5, modern=False).posts(2000):
            ahead = await post(fast, sent.body, sent.headers + own)
            behind = await post(slow, sent.body, sent.headers + other)
            assert alike(sent, ahead.seen, behind.seen), shown(sent)
        assert answered(ours) > 600


@pytest.mark.parametrize("seed", [6, 7, 8])
async def test_older_sessions_are_opened_used_and_ended_alike(seed: int):
    async with lane_and_sdk() as (_, fast, slow):
        own, other = Visitor(fast), Visitor(slow)
        for turn, visit in enumerate(Visits(seed).visits(2000)):
            ahead, behind = await own.pay(visit, turn), await other.pay(visit, turn)
            shows = f"{visit.method} {visit.where}{shown(visit.post)}"
            assert alike(visit.post, ahead, behind), shows
        assert own.opened == other.opened > 100


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("seed", [11, 12])
async def test_lines_are_answered_alike(seed: int, modern: bool):
    mark = MODERN_MARK if modern else LEGACY_MARK
    async with (
        both_endpoints() as (ours, theirs),
        wire(ours) as fast,
        wire(theirs) as slow,
    ):
        opening = () if modern else tuple(json.dumps(each).encode() for each in HANDSHAKE)
        for each in (fast, slow):
            await each.ask(*opening, until=request("tools/list", mark.get("params")))
        for sent in Oddities(seed, modern=modern).posts(400):
            line = sent.body.replace(b"\n", b" ")
            ahead = await fast.ask(line, until=mark)
            assert ahead == await slow.ask(line, until=mark), shown(sent)
        assert answered(ours) > 300


FIRST: dict[str, dict[str, Any]] = {
    "a plain call of 2026-07-28": call("demo_echo", {"text": "x"}, _meta=MODERN),
    "an odd call of 2026-07-28": call("demo_echo", _meta=MODERN | {"progressToken": 1}),
    "half an envelope": request("tools/list", {"_meta": dict([*MODERN.items()][:1])}),
    "an older call before its handshake": call("demo_echo", {"text": "x"}),
    "a ping": request("ping"),
    "a handshake": HANDSHAKE[0],
    "no request": {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": 1},
    },
}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", FIRST)
async def test_the_first_request_decides_what_a_connection_speaks_on_either_lane(
    first: str, second: str
):
    messages = [
        FIRST[name] | ({"id": name} if "id" in FIRST[name] else {}) for name in (first, second)
    ]
    lines = [json.dumps(message).encode() for message in messages]
    async with both_endpoints() as (ours, theirs), wire(ours) as fast, wire(theirs) as slow:
        for line in lines:
            mark = request("ping") | {"id": "mark"}
            assert await fast.ask(line, until=mark) == await slow.ask(line, until=mark)


GREETINGS: dict[str, dict[str, Any]] = {
    "every version": {},
    "an old version": {"protocolVersion": "2024-11-05"},
    "an unknown version": {"protocolVersion": "2031-01-01"},
    "the version without handshakes": {"protocolVersion": "2026-07-28"},
    "no version": {"protocolVersion": None},
    "no name": {"clientInfo": {"version": "1"}},
    "an empty name": {"clientInfo": {"name": "", "version": ""}},
    "a long name": {"clientInfo": {"name": "x" * 300, "version": "1", "title": "X"}},
    "icons": {"clientInfo": {"name": "x", "version": "1", "icons": [{"src": "https://x/y"}]}},
    "capabilities": {"capabilities": {"roots": {"listChanged": True}, "sampling": {}}},
    "odd capabilities": {"capabilities": {"roots": {"listChanged": "yes"}}},
    "no capabilities": {"capabilities": None},
    "tasks": {"capabilities": {"tasks": {"list": {}}}},
    "an envelope": {"_meta": MODERN},
    "a progress token": {"_meta": {"progressToken": 1}},
}


@pytest.mark.parametrize("over", [{}, {"params": {}}, {"params": {"_meta": {"a": 1}}}, None])
@pytest.mark.parametrize("greeting", GREETINGS)
async def test_handshakes_on_lines_are_answered_alike(greeting: str, over: dict[str, Any] | None):
    first = request("initialize", INITIALIZE | GREETINGS[greeting], id=5)
    last = {"jsonrpc": "2.0", "method": "notifications/initialized"} | (over or {})
    asked = [call("demo_echo", {"text": "x"}), request("resources/list"), first, request("ping")]
    async with both_endpoints() as (ours, theirs), wire(ours) as fast, wire(theirs) as slow:
        for message in [first, *([] if over is None else [last]), *asked]:
            line, mark = json.dumps(message).encode(), request("ping")
            assert await fast.ask(line, until=mark) == await slow.ask(line, until=mark)
