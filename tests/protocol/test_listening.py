"""Who listens over HTTP is told what the SDK would tell, whoever else reads slowly or hangs up."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doors.harness import MODERN, request, serving
from doors.web_client import modern
from doors.wired import CHANGING, Peer, peer, raw, wired
from micro import Service
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.events import ClientConnected, ClientDisconnected
from micro.protocol.connections import Connections
from micro.protocol.listening import ListenHttp
from micro.serving import Serving
from patience import DEADLINE
from protocol.heard import LISTEN, Listener, Wishes, listen, newsroom
from protocol.listeners import open_listeners

ALL_HEARD = [
    "subscriptions/acknowledged",
    "tools/list_changed",
    "prompts/list_changed",
    "resources/list_changed",
    "resources/updated",
    "resources/updated",
    "result",
]

END = b"\r\n0\r\n\r\n"
"""How a response ends that came in chunks."""


def encoded(wanted: object = None, *, id: object = 1) -> bytes:
    return json.dumps(listen(wanted, id=id)).encode()


def kinds(said: list[Any]) -> list[str]:
    return [each.get("method", "result").removeprefix("notifications/") for each in said]


def seen(listener: Listener) -> tuple[object, ...]:
    """What a client sees, but for the trace, which the door names."""
    headers = listener.headers
    names = ("content-type", "cache-control", "x-accel-buffering")
    return listener.sent[0]["status"], [headers.get(name) for name in names], listener.said


@asynccontextmanager
async def alone(**options: Any) -> AsyncGenerator[ASGIApp]:
    """Serve those who listen, and nothing else."""
    async with open_listeners(**options) as (listeners, bus):
        endpoint = ListenHttp(listeners, Connections(bus))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            assert await endpoint.serve(scope, (await receive())["body"], receive, send)

        yield app


@pytest.mark.parametrize("seed", [1, 2])
async def test_those_who_listen_are_told_alike_by_the_lane_and_by_the_sdk(seed: int):
    """A second listener each, who hears of everything, knows when all is said."""
    own = 0
    async with newsroom() as room, anyio.create_task_group() as tasks:
        for sent in Wishes(seed).posts(300):
            ours, theirs = (Listener(a, sent.body, sent.headers) for a in (room.ours, room.theirs))
            first, last = (Listener(a, encoded(id="all")) for a in (room.ours, room.theirs))
            for each in (ours, theirs, first, last):
                tasks.start_soon(each.run)
            for each in (ours, theirs, first, last):
                await each.until(1)
            room.change()
            for each in (first, last):
                await each.until(6)
            room.end()
            for each in (ours, theirs, first, last):
                await each.end()
            assert seen(ours) == seen(theirs), f"\n{sent.body!r}\n{sent.headers!r}"
            assert kinds(first.said) == ALL_HEARD
            own += len(ours.said) > 1 and "connection" not in ours.headers  # the SDK's have it
    assert own > 60


async def test_who_does_not_read_is_told_once_of_each_change_and_keeps_no_one_waiting():
    room_to_write = anyio.Event()

    class Slow(Listener):
        async def _send(self, message: Message) -> None:
            await super()._send(message)
            if len(self.sent) > 2:
                await room_to_write.wait()

    async with newsroom() as room, anyio.create_task_group() as tasks:
        slow, quick = Slow(room.ours, encoded()), Listener(room.ours, encoded())
        for each in (slow, quick):
            tasks.start_soon(each.run)
            await each.until(1)
        for turn in range(4):
            room.change()
            await quick.until(6 + 5 * turn)
        assert kinds(slow.said) == ALL_HEARD[:-1]
        room_to_write.set()
        room.end()
        await slow.end()
        assert kinds(slow.said) == ALL_HEARD[:-1] + ALL_HEARD[1:]


async def test_who_hangs_up_is_told_no_more_and_is_known_to_be_gone():
    async with serving() as served, anyio.create_task_group() as tasks:
        gone, stays = (Listener(served.app, encoded()) for _ in range(2))
        for each in (gone, stays):
            tasks.start_soon(each.run)
            await each.until(1)
        gone.leave()
        await gone.end()
        served.add_tool("more")
        await stays.until(2)
        assert kinds(gone.said) == ALL_HEARD[:1]
        stays.leave()
        await stays.end()
        came, left = (
            {event.connection for event in served.events if isinstance(event, kind)}
            for kind in (ClientConnected, ClientDisconnected)
        )
        assert came == left
        assert len(came) == 2


async def test_a_stream_gives_signs_of_life_and_no_two_at_once():
    async with alone(period=0.001) as app, anyio.create_task_group() as tasks:
        listener = Listener(app, encoded())
        tasks.start_soon(listener.run)
        await listener.until(4)
        assert listener.said[1:4] == [b": ping"] * 3
        assert all(m["body"].count(b"ping") <= 1 for m in listener.sent[1:])
        listener.leave()


async def test_one_too_many_is_refused_as_the_sdk_does_and_the_next_is_not():
    async with alone(most=1) as app, anyio.create_task_group() as tasks:
        first, refused, later = (Listener(app, encoded()) for _ in range(3))
        tasks.start_soon(first.run)
        await first.until(1)
        await refused.run()
        error = {"code": -32603, "message": "Subscription limit reached"}
        assert refused.said == [{"jsonrpc": "2.0", "id": 1, "error": error}]
        first.leave()
        await first.end()
        tasks.start_soon(later.run)
        await later.until(1)
        assert kinds(later.said) == ALL_HEARD[:1]
        later.leave()


async def test_a_server_that_fails_to_send_to_one_tells_the_others():
    class Cut(Listener):
        async def _send(self, message: Message) -> None:
            await super()._send(message)
            if len(self.sent) > 2:
                raise OSError("the client is gone")

    async with newsroom() as room, anyio.create_task_group() as tasks:
        cut, whole = Cut(room.ours, encoded()), Listener(room.ours, encoded())
        for each in (cut, whole):
            tasks.start_soon(each.run)
            await each.until(1)
        room.change()
        await whole.until(6)
        room.change()
        await whole.until(11)
        for each in (cut, whole):
            each.leave()


async def test_listeners_are_told_the_same_bytes_past_asgi_and_by_it():
    message = raw(listen({"toolsListChanged": True}), modern(LISTEN))
    async with serving() as served, wired(served.endpoint) as both:
        for _ in range(2):  # the second time the head is known
            async with peer(both.direct) as direct, peer(both.asgi) as asgi:
                ways = (direct, asgi)
                for each in ways:
                    await each.stream.send(message)
                heads = [await each.until(b"acknowledged") for each in ways]
                served.add_tool(f"more{served.registry.catalogue.digest[:8]}")
                news = [await each.until(b"list_changed") for each in ways]
                served.endpoint.end_streams()
                ends = [await each.until(END) for each in ways]
                for said in (heads, news, ends):
                    assert CHANGING.sub(b"*", said[0]) == CHANGING.sub(b"*", said[1])
                assert b'"resultType":"complete"' in ends[0]


async def test_who_does_not_read_the_socket_is_told_all_that_was_left_once_it_reads():
    """Far more is said than sockets hold, so that it has to wait."""
    service, uris = Service("demo"), [f"demo://{number:03}{'x' * 2000}" for number in range(200)]

    @service.resource("demo://{name}")
    def one(name: str) -> str:
        return name

    serving, sock = Serving(service), bind(Address(host="127.0.0.1"))
    app = HttpApp(serving.endpoint)
    wanted = {"resourceSubscriptions": uris}
    async with serving.running(), anyio.create_task_group() as tasks:
        await tasks.start(serve_web, app, [sock])
        port = address_of(sock).port
        message = raw(listen(wanted), modern(LISTEN))
        async with peer(port) as slow, peer(port) as quick:
            for each in (slow, quick):
                await each.stream.send(message)
                await each.until(b"acknowledged")
            for _ in range(40):
                for uri in uris:
                    service.updated(uri)
                await heard(quick, uris[-1])
            app.end_streams()
            said = await slow.until(END)
        counts = [said.count(f'"uri":"{uri}"'.encode()) for uri in uris]
        assert all(1 < count < 41 for count in counts), counts
        assert said.count(b'"resultType":"complete"') == 1
        assert b'"resultType":"complete"' in said[-400:]
        tasks.cancel_scope.cancel()


async def heard(client: Peer, uri: str) -> None:
    """Read until a client has heard of a resource, but for what is left of that event."""
    with anyio.fail_after(DEADLINE):
        await client.until(f'"uri":"{uri}"'.encode())


async def test_what_is_no_plain_request_to_listen_is_answered_by_the_sdk_at_once():
    async with serving() as served:
        wrong = Listener(served.app, json.dumps(request(LISTEN, {"_meta": MODERN})).encode())
        await wrong.run()
        assert wrong.said[0]["error"]["code"] == -32602
