"""Which heads of posts are known again, and when one is answered at once."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from doors.harness import Gate, make_endpoint
from doors.web_client import modern
from doors.wired import raw_call
from micro.doors.http import HttpApp
from micro.events import EventBus
from micro.protocol.responses import Response

ECHO = raw_call("demo_echo")
HEADERS = modern("tools/call", "demo_echo") | {
    "host": "localhost:3000",
    "content-type": "application/json",
    "content-length": "7",
}


def make_app() -> HttpApp:
    _, endpoint = make_endpoint(EventBus(), Gate())
    return HttpApp(endpoint)


def learnt(app: HttpApp, headers: dict[str, str]) -> bool:
    """Whether the head of a request with these is known from then on."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "headers": raw}
    app.direct.heads.learn(ECHO, scope)
    return app.direct.heads.find(ECHO) is not None


def test_a_plain_head_is_known_again():
    assert learnt(make_app(), HEADERS)
    assert learnt(make_app(), HEADERS | {"authorization": "Bearer x", "connection": "keep-alive"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("accept", "text/html"),
        ("content-type", "text/plain"),
        ("mcp-param-text", "x"),
        ("mcp-name", "x" * 300),
        ("traceparent", ""),
        ("transfer-encoding", "chunked"),
        ("expect", "100-continue"),
        ("upgrade", "h2c"),
    ],
)
def test_an_unusual_head_is_not(name: str, value: str):
    assert not learnt(make_app(), HEADERS | {name: value})


async def test_nothing_is_answered_while_nothing_runs():
    app, sent = make_app(), list[Any]()
    assert learnt(app, HEADERS)
    posted = app.direct.heads.find(ECHO)
    assert posted is not None

    async def send(message: Any) -> None:
        sent.append(message)

    async def answer() -> bool:
        return await app.direct.answer(
            posted.head,
            ECHO[posted.start :],
            trace_id="",
            response=Response(send),
            receive=anyio.sleep_forever,
        )

    assert not await answer()
    assert not sent
    async with app.lifespan():
        assert await answer()
    assert sent[0]["status"] == 200
