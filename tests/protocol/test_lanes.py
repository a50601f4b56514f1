"""The fast lane and the SDK alone answer alike: same status, same headers, same body."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from doors.harness import Gate, echo, fail, make_tool
from micro.calls import Call, Caller, CallNext, ToolResult
from micro.doors.http import HttpApp
from micro.errors import Refused
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.envelope import Request
from micro.protocol.fast import FastLane, Reply
from micro.protocol.identity import Identity
from micro.registry.registry import Registry
from protocol.oddities import HANDSHAKE, Headers, Oddities, Post

IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
REGION = {"type": "object", "properties": {"text": {"type": "string", "x-mcp-header": "Region"}}}
DEFAULT = {"type": "object", "properties": {"text": {"type": ["string", "null"], "default": None}}}


class Closed(FastLane):
    """A lane that leaves everything to the SDK."""

    def takes(self, request: Request, *, modern: bool) -> bool:
        return False


class Counted(FastLane):
    """The lane, and how much it answered."""

    answered = 0

    async def answer(
        self, request: Request, caller: Caller, *, traceparent: str, modern: bool
    ) -> Reply:
        self.answered += 1
        return await super().answer(request, caller, traceparent=traceparent, modern=modern)


async def rich(call: Call) -> ToolResult:
    meta = {"shop/page": 2, "shop/note": "é"}
    return ToolResult(
        content=(IMAGE, {"type": "text", "text": "a picture"}),
        structured=b'{\n "picture": true\n}',
        meta=meta,
        generation=3,
    )


async def refuse_shy(call: Call, call_next: CallNext) -> ToolResult:
    if call.name == "demo.shy":
        raise Refused("Not now.", mend="come back tomorrow")
    return await call_next(call)


def make_endpoint(lane: type[FastLane], **identity: str) -> McpEndpoint:
    registry = Registry()
    tools = [
        make_tool("echo", echo, title="Echo", annotations={"readOnlyHint": True}),
        make_tool("fail", fail, output_schema=DEFAULT),
        make_tool("rich", rich, input_schema=DEFAULT, description="Pictures."),
        make_tool("mirrored", echo, input_schema=REGION),
        make_tool("shy", echo),
        make_tool("wait", Gate()),
    ]
    registry.swap({"demo": tools})
    gateway = Gateway(registry, [refuse_shy])
    who = Identity(**{"name": "demo", "version": "1.2.3", "instructions": "Use echo."} | identity)
    endpoint = McpEndpoint(gateway, EventBus(), identity=who)
    endpoint.lane = lane(gateway, who)
    return endpoint


@dataclass
class Answer:
    """What came back, without what differs from call to call."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and self._seen == other._seen

    @property
    def _seen(self) -> tuple[object, ...]:
        session = len(self.headers.get("mcp-session-id", ""))
        return self.status, self.headers.get("content-type"), session, self.body


async def post(app: HttpApp, body: bytes, headers: Headers) -> Answer:
    """Post to an application in this process, as a server would."""
    sent: list[Any] = []
    done, parts = anyio.Event(), [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": raw, "query_string": b""}
    with anyio.fail_after(20):
        await app(scope, receive, send)
    done.set()
    text = b"".join(message.get("body", b"") for message in sent[1:])
    return read_answer(sent[0]["status"], sent[0]["headers"], text)


def read_answer(status: int, raw: list[tuple[bytes, bytes]], text: bytes) -> Answer:
    headers = {name.decode(): value.decode() for name, value in raw}
    if headers.get("content-type", "").startswith("text/event-stream"):
        (line,) = [each for each in text.splitlines() if each.startswith(b"data: ")]
        headers["content-type"] = "application/json"  # older clients take either
        text = line.removeprefix(b"data: ")
    return Answer(status=status, headers=headers, body=without_trace(text))


def without_trace(text: bytes) -> Any:
    try:
        body: Any = json.loads(text)
    except ValueError:
        return text
    for place in (body.get("result", {}).get("_meta"), body.get("error", {}).get("data")):
        if isinstance(place, dict) and "micro/trace_id" in place:
            place["micro/trace_id"] = len(place["micro/trace_id"])
    return body


@asynccontextmanager
async def both_lanes(**identity: str) -> AsyncGenerator[tuple[HttpApp, HttpApp, Counted]]:
    """Serve the same twice: with the fast lane, and without."""
    ours, theirs = make_endpoint(Counted, **identity), make_endpoint(Closed, **identity)
    assert isinstance(ours.lane, Counted)
    async with ours.running(), theirs.running():
        yield HttpApp(ours), HttpApp(theirs), ours.lane


def shown(sent: Post) -> str:
    return f"\n{sent.body!r}\n{sent.headers!r}"


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_requests_of_2026_07_28_over_http_are_answered_alike(seed: int):
    async with both_lanes() as (ours, theirs, lane):
        for sent in Oddities(seed, modern=True).posts(1000):
            fast = await post(ours, sent.body, sent.headers)
            slow = await post(theirs, sent.body, sent.headers)
            assert fast == slow, shown(sent)
        assert lane.answered > 300


@pytest.mark.parametrize("identity", [{"version": ""}, {"instructions": ""}, {"name": 'a "b"'}])
async def test_who_serves_is_said_alike(identity: dict[str, str]):
    async with both_lanes(**identity) as (ours, theirs, _):
        for sent in Oddities(9, modern=True).posts(50):
            fast = await post(ours, sent.body, sent.headers)
            assert fast == await post(theirs, sent.body, sent.headers), shown(sent)


async def open_session(app: HttpApp) -> Headers:
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


@pytest.mark.parametrize("seed", [5, 6, 7])
async def test_requests_of_older_sessions_over_http_are_answered_alike(seed: int):
    async with both_lanes() as (ours, theirs, lane):
        sessions = [await open_session(app) for app in (ours, theirs)]
        for sent in Oddities(seed, modern=False).posts(700):
            fast = await post(ours, sent.body, sent.headers + sessions[0])
            slow = await post(theirs, sent.body, sent.headers + sessions[1])
            assert fast == slow, shown(sent)
        assert lane.answered > 200
