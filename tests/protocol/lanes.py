"""The same served twice, with the fast lane and without, and what is compared of the answers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
from msgspec.structs import replace
from starlette.types import ASGIApp

from doors.harness import DEADLINE, Gate, echo, fail, make_tool
from micro.calls import Call, Caller, CallNext, Fault, ToolResult
from micro.errors import Refused
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.peers import Question
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.envelope import Request
from micro.protocol.fast import FastLane, Reply
from micro.protocol.identity import Identity
from micro.registry.registry import Registry
from protocol.oddities import Headers

IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
REGION = {"type": "object", "properties": {"text": {"type": "string", "x-mcp-header": "Region"}}}
DEFAULT = {"type": "object", "properties": {"text": {"type": ["string", "null"], "default": None}}}


class Closed(FastLane):
    """A lane that leaves everything to the SDK."""

    def takes(self, request: Request, *, modern: bool, older: object = None) -> bool:
        return False


class Counted(FastLane):
    """The lane, and how much it answered."""

    answered = 0

    async def answer(self, request: Request, caller: Caller, **context: Any) -> Reply:
        self.answered += 1
        return await super().answer(request, caller, **context)


async def rich(call: Call) -> ToolResult:
    return ToolResult(
        content=(IMAGE, {"type": "text", "text": "a picture"}),
        structured=b'{\n "picture": true\n}',
        meta={"shop/page": 2, "shop/note": "é"},
        generation=3,
    )


async def curious(call: Call) -> ToolResult:
    """Ask the client's model, if it has one."""
    question = Question(method="sampling/createMessage", params={"messages": [], "maxTokens": 1})
    if question.needs in call.peer.abilities:
        return ToolResult(content=({"type": "text", "text": "could ask"},), generation=3)
    fault = Fault(kind="cannot_ask", message="There is no model to ask.")
    return replace(ToolResult.failed(fault, generation=3), asks=(question,))


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
        make_tool("curious", curious, has_context=True),
    ]
    registry.swap({"demo": tools})
    gateway = Gateway(registry, [refuse_shy])
    who = Identity(**{"name": "demo", "version": "1.2.3", "instructions": "Use echo."} | identity)
    endpoint = McpEndpoint(gateway, EventBus(), identity=who)
    endpoint.lane = lane(gateway, who)
    return endpoint


@asynccontextmanager
async def both_endpoints(**identity: str) -> AsyncGenerator[tuple[McpEndpoint, McpEndpoint]]:
    """Give an endpoint with the fast lane, and one without."""
    ours, theirs = make_endpoint(Counted, **identity), make_endpoint(Closed, **identity)
    async with ours.running(), theirs.running():
        yield ours, theirs


def answered(endpoint: McpEndpoint) -> int:
    """How many requests the fast lane answered."""
    assert isinstance(endpoint.lane, Counted)
    return endpoint.lane.answered


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    in_session: bool = False

    @property
    def is_result(self) -> bool:
        return isinstance(self.body, dict) and "result" in self.body

    @property
    def seen(self) -> tuple[object, ...]:
        """All but what differs from call to call.

        With an error the SDK names a session to who names none, although there is none then.
        """
        session = len(self.headers.get("mcp-session-id", ""))
        if not (self.in_session or self.is_result):
            session = 0
        kind = self.headers.get("content-type", "").partition(";")[0]
        return self.status, kind, session, self.body


async def post(
    app: ASGIApp, body: bytes, headers: Headers, *, path: str = "/mcp", method: str = "POST"
) -> Answer:
    """Post to an application in this process, as a server would; who gets hangs up at once."""
    sent: list[Any] = []
    done, parts = anyio.Event(), [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if method == "GET":
            done.set()

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b""}
    with anyio.fail_after(DEADLINE):
        await app(scope, receive, send)
    done.set()
    text = b"".join(message.get("body", b"") for message in sent[1:])
    if method == "GET" and sent[0]["status"] == 200:
        text = b"data: {}"  # what a stream says meanwhile is no part of its opening
    answer = _read(sent[0]["status"], sent[0]["headers"], text)
    answer.in_session = "mcp-session-id" in dict(headers)
    return answer


def _read(status: int, raw: list[tuple[bytes, bytes]], text: bytes) -> Answer:
    headers = {name.decode(): value.decode() for name, value in raw}
    if headers.get("content-type", "").startswith("text/event-stream"):
        (line,) = [each for each in text.splitlines() if each.startswith(b"data: {")]
        headers["content-type"] = "application/json"  # older clients take either
        text = line.removeprefix(b"data: ")
    return Answer(status=status, headers=headers, body=without_trace(text))


def without_trace(text: bytes) -> Any:
    try:
        body: Any = json.loads(text)
    except ValueError:
        return text
    if isinstance(body, list):
        return body
    for place in (body.get("result", {}).get("_meta"), body.get("error", {}).get("data")):
        if isinstance(place, dict) and "micro/trace_id" in place:
            place["micro/trace_id"] = len(place["micro/trace_id"])
    return body


class Wire:
    """A connection by lines, as a client holds it."""

    def __init__(self) -> None:
        self._to_server, self.lines = anyio.create_memory_object_stream[bytes | None](1000)
        self._said: list[Any] = []
        self._more = anyio.Event()

    async def take(self, lines: Sequence[bytes]) -> None:
        assert not any(b"\n" in line for line in lines)
        self._said += map(without_trace, lines)
        self._more.set()
        self._more = anyio.Event()

    async def ask(self, *lines: bytes, until: dict[str, Any]) -> list[Any]:
        """Send lines, and give all that is said until a last request was answered.

        It is asked several times, one after another: what comes first may take longer.
        """
        self._said.clear()
        for line in lines:
            await self._to_server.send(line)
        for turn in range(5):
            mark = f"mark-{turn}"
            await self._to_server.send(json.dumps(until | {"id": mark}).encode())
            with anyio.fail_after(DEADLINE):
                while not any(_is_mark(each, mark) for each in self._said):
                    await self._more.wait()
        return sorted(self._said, key=repr)

    def close(self) -> None:
        self._to_server.close()


def _is_mark(said: Any, mark: str) -> bool:
    return isinstance(said, dict) and said.get("id") == mark


@asynccontextmanager
async def wire(endpoint: McpEndpoint) -> AsyncGenerator[Wire]:
    """Connect to an endpoint by lines, in this process."""
    wire = Wire()
    caller = Caller(door="stdio")
    async with wire.lines, anyio.create_task_group() as tasks:
        tasks.start_soon(partial(endpoint.serve_lines, wire.lines, wire.take, caller=caller))
        try:
            yield wire
        finally:
            wire.close()
