"""A response that is plain JSON, or a stream once its client needed a sign of life."""

from __future__ import annotations

from typing import Any

import anyio

from micro.events import EventBus
from micro.protocol.connections import Connections
from micro.protocol.responses import Response
from micro.protocol.sessions import HttpSessions


class Sent:
    """What a server was given to send."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def send(self, message: Any) -> None:
        self.messages.append(message)
        await anyio.lowlevel.checkpoint()

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


async def test_an_answer_that_comes_soon_is_plain_json():
    sent = Sent()
    await Response(sent.send).finish(400, b"{}")
    assert sent.messages[0]["status"] == 400
    assert sent.headers == {b"content-type": b"application/json", b"content-length": b"2"}
    assert sent.body == b"{}"


async def test_an_answer_that_takes_long_comes_on_a_stream_after_signs_of_life():
    sent = Sent()
    response = Response(sent.send)
    await response.pulse()
    await response.pulse()
    await response.finish(400, b"{}")
    assert sent.messages[0]["status"] == 200
    assert sent.headers[b"content-type"] == b"text/event-stream"
    assert sent.body == b": ping\r\n\r\n" * 2 + b"event: message\r\ndata: {}\r\n\r\n"
    assert [message.get("more_body", False) for message in sent.messages[1:]] == [True, True, False]


async def test_an_older_client_can_go_on_with_an_answer_that_takes_long():
    sent, sessions = Sent(), HttpSessions(Connections(EventBus()))
    response = Response(sent.send)
    response.session = session = sessions.open("ada")
    session.version = "2025-11-25"
    await response.pulse()
    await response.pulse()
    await response.finish(200, b"{}")
    assert sent.headers[b"mcp-session-id"] == session.id.encode()
    opening, ping, answer, _ = sent.body.split(b"\r\n\r\n")
    assert (opening, ping) == (b"id: 1-0\r\nretry: 1000\r\ndata: ", b": ping")
    assert answer == b"id: 1-1\r\nevent: message\r\ndata: {}"
    found = session.streams.find("1-0")
    assert found is not None
    assert [event.message for event in found[0].since(0)] == [b"{}"]


async def test_a_sign_of_life_never_gets_into_an_answer():
    for order in (["finish", "pulse"], ["pulse", "finish", "pulse"]):
        sent = Sent()
        response = Response(sent.send)
        async with anyio.create_task_group() as tasks:
            for each in order:
                if each == "pulse":
                    tasks.start_soon(response.pulse)
                else:
                    tasks.start_soon(response.finish, 200, b"{}")
        kinds = [message["type"] for message in sent.messages]
        assert kinds.count("http.response.start") == 1
        assert not sent.messages[-1].get("more_body", False)
