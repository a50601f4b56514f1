"""Requests to be told of changes, from a seed, and what is said to each of them."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doors.harness import MODERN, request
from micro import Service
from micro.doors.http import HttpApp
from micro.events import AnyEvent, ListChanged, ToolsChanged
from micro.protocol.serving import Serving as SdkServing
from micro.serving import Serving
from patience import DEADLINE
from protocol.lanes import without_trace
from protocol.oddities import PLACES, Headers, Oddities

LISTEN = "subscriptions/listen"
URIS = ("demo://a", "demo://b")
EVERYTHING = {
    "toolsListChanged": True,
    "promptsListChanged": True,
    "resourcesListChanged": True,
    "resourceSubscriptions": [*URIS, "demo://none"],
}
NEWS: tuple[AnyEvent, ...] = (
    ToolsChanged(tools=1),
    ListChanged(kind="prompt", count=1),
    ListChanged(kind="resource", count=1),
)
HEADERS: Headers = [
    ("host", "localhost"),
    ("accept", "application/json, text/event-stream"),
    ("content-type", "application/json"),
    ("mcp-protocol-version", "2026-07-28"),
    ("mcp-method", LISTEN),
]


def listen(wanted: object = None, *, id: Any = 1) -> dict[str, Any]:
    wanted = EVERYTHING if wanted is None else wanted
    return request(LISTEN, {"notifications": wanted, "_meta": copy.deepcopy(MODERN)}) | {"id": id}


class Wishes(Oddities):
    """Gives one request to listen after another. The same seed gives the same."""

    places = (
        *PLACES,
        *[("params", "notifications")] * 3,
        *[("params", "notifications", name) for name in (*EVERYTHING, "taskIds")] * 3,
    )

    def __init__(self, seed: int) -> None:
        super().__init__(seed, modern=True)

    def _plain(self, turn: int) -> dict[str, Any]:
        pick = self._random.choice
        wanted = {
            name: copy.deepcopy(value) if pick((0, 1)) else pick((False, None, True, []))
            for name, value in EVERYTHING.items()
            if pick((0, 1, 1))
        }
        return listen(wanted, id=pick((turn, str(turn), f"é-{turn}")))


class Listener:
    """One request to an application in this process, and what is said on it."""

    def __init__(self, app: ASGIApp, body: bytes, headers: Headers | None = None) -> None:
        self._app = app
        raw = [
            (name.encode(), value.encode("latin-1"))
            for name, value in (HEADERS if headers is None else headers)
        ]
        self._scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b""}
        self._scope |= {"headers": raw}
        self._parts: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
        self._changed = anyio.Event()
        self._left = anyio.Event()
        self.sent: list[Message] = []
        self.is_done = False

    async def run(self) -> None:
        await self._app(self._scope, self._receive, self._send)
        self.is_done = True
        self._changed.set()

    async def _receive(self) -> Message:
        if self._parts:
            return self._parts.pop()
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._left.set()
        self._changed.set()

    def leave(self) -> None:
        self._left.set()

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def said(self) -> list[Any]:
        """What was said: events, or a plain answer."""
        text = b"".join(message.get("body", b"") for message in self.sent[1:])
        if not self.headers.get("content-type", "").startswith("text/event-stream"):
            return [without_trace(text)]
        events = [event for event in text.split(b"\r\n\r\n") if event]
        return [event if event[:1] == b":" else _read(event) for event in events]

    async def until(self, count: int) -> None:
        """Wait until so much was said, or nothing more will be."""
        with anyio.fail_after(DEADLINE):
            while not self.is_done and (len(self.sent) < 2 or len(self.said) < count):
                await self._changed.wait()
                self._changed = anyio.Event()

    async def end(self) -> None:
        """Wait until nothing more will be said."""
        with anyio.fail_after(DEADLINE):
            while not self.is_done:
                await self._changed.wait()
                self._changed = anyio.Event()


def _read(event: bytes) -> Any:
    name, _, data = event.partition(b"\r\n")
    assert name == b"event: message"
    return json.loads(data.removeprefix(b"data: "))


def make_service() -> Service:
    """Give a service with resources to watch."""
    service = Service("demo")

    @service.resource(URIS[0])
    def a() -> str:
        return "a"

    @service.resource(URIS[1])
    def b() -> str:
        return "b"

    return service


class Newsroom:
    """The same served by the lane and by the SDK alone, and changes that both tell of."""

    def __init__(self, serving: Serving, service: Service, alone: SdkServing) -> None:
        self._serving = serving
        self._service = service
        self._alone = alone
        self.ours: HttpApp = HttpApp(serving.endpoint)

    async def theirs(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the SDK answer, with the headers as HTTP means them."""
        headers = [
            (key, value.strip(b" \t") if key.startswith(b"mcp-") else value)
            for key, value in scope["headers"]
        ]
        await self._alone.serve_http({**scope, "headers": headers}, receive, send)

    def change(self) -> None:
        """Change everything."""
        for event in NEWS:
            self._serving.runtime.bus.publish(event)
        for uri in URIS:
            self._service.updated(uri)

    def end(self) -> None:
        """Let everyone know that nothing more will come."""
        self.ours.end_streams()
        self._alone.end_streams()


@asynccontextmanager
async def newsroom() -> AsyncGenerator[Newsroom]:
    service = make_service()
    serving = Serving(service)
    endpoint = serving.endpoint
    async with serving.running():
        alone = SdkServing(
            endpoint.gateway,
            serving.runtime.bus,
            identity=endpoint.identity,
            connections=endpoint.connections,
            sessions=endpoint.sessions,
        )
        async with alone.run():
            yield Newsroom(serving, service, alone)
