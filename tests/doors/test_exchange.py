"""Requests past ASGI and by it: both ways give the same bytes and keep the same promises."""

from __future__ import annotations

import re
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from doors.harness import DEADLINE, INITIALIZE, Gate, call, make_endpoint, request, serving
from doors.wired import OTHERS, PLAIN, peer, raw, raw_call, two_ways, wired
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.events import EventBus
from verdicts import open_shop


async def test_plain_requests_are_answered_alike_on_both_ways():
    async with two_ways() as (both, direct, asgi):
        for what, message in PLAIN.items():
            answered = both.posts.answered
            for turn in range(3):
                expected = await asgi.ask(message)
                assert expected.startswith(b"HTTP/1.1 200 OK\r\n"), what
                assert await direct.ask(message) == expected, what
                assert both.posts.answered >= answered + turn, what


async def test_any_other_request_is_answered_as_ever():
    async with serving() as served, wired(served.endpoint) as both:
        for what, message in [*OTHERS.items()] * 2:
            async with peer(both.direct) as direct, peer(both.asgi) as asgi:
                for _ in range(2):
                    try:
                        expected = await asgi.ask(message)
                    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                        break
                    assert await direct.ask(message) == expected, what
        assert both.posts.answered == 0


async def test_an_older_session_is_answered_alike_on_both_ways():
    async with two_ways() as (both, direct, asgi):
        accept = {"Accept": "application/json, text/event-stream"}
        await asgi.stream.send(raw(request("initialize", INITIALIZE), accept))
        welcome = await asgi.read(changes=True)
        (session,) = re.findall(r"mcp-session-id: (\S+)", welcome.decode())
        headers = accept | {"Mcp-Session-Id": session}
        started = raw({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers)
        messages = [started, *[raw(each, headers) for each in (call("demo_echo"), request("ping"))]]
        for message in messages * 2:
            assert await direct.ask(message) == await asgi.ask(message)
        assert both.posts.answered == 4  # all but the first words, which are no request


@pytest.mark.parametrize("kind", ["good", "poor", "bad", "expired", "none", "jwt"])
async def test_every_token_has_one_verdict_on_both_ways(kind: str):
    async with open_shop() as shop, wired(shop.serving.endpoint) as both:
        token = {"Authorization": f"Bearer {shop.token(kind)}"} if kind != "none" else {}
        message = raw_call("shop.echo", **token)
        async with peer(both.direct) as direct, peer(both.asgi) as asgi:
            for turn in range(2):
                assert await direct.ask(message) == await asgi.ask(message)
                assert both.posts.answered == (turn if kind in ("good", "jwt") else 0)
        assert len(shop.records) == 4


async def test_a_key_that_is_revoked_is_refused_at_once():
    async with open_shop() as shop, wired(shop.serving.endpoint) as both:
        message = raw_call("shop.echo", Authorization=f"Bearer {shop.token()}")
        async with peer(both.direct) as direct:
            for _ in range(3):
                assert (await direct.ask(message)).startswith(b"HTTP/1.1 200")
            shop.keys.revoke(shop.keys.list()[-1].id)
            assert (await direct.ask(message)).startswith(b"HTTP/1.1 401")


async def test_a_call_ends_when_its_client_hangs_up():
    async with serving() as served, wired(served.endpoint) as both:
        served.gate.release.set()
        async with peer(both.direct) as direct:
            await direct.ask(raw_call("demo_wait"))
        served.gate.release, served.gate.entered = anyio.Event(), anyio.Event()
        with anyio.fail_after(DEADLINE):
            async with peer(both.direct) as direct:
                await direct.stream.send(raw_call("demo_wait"))
                await served.gate.entered.wait()
            await served.gate.cancelled.wait()
        assert both.posts.answered == 1


@pytest.mark.parametrize("ends", [True, False])
async def test_a_call_in_flight_is_answered_when_the_server_stops(ends: bool):
    gate, sock = Gate(), bind(Address(host="127.0.0.1"))
    _, endpoint = make_endpoint(EventBus(), gate)
    stop, port = anyio.CancelScope(), address_of(sock).port

    async def serve(*, task_status: Any) -> None:
        with stop:
            await serve_web(HttpApp(endpoint), [sock], stop_timeout=1, task_status=task_status)

    gate.release.set()
    with anyio.fail_after(DEADLINE):
        async with endpoint.running(), anyio.create_task_group() as tasks, peer(port) as direct:
            await tasks.start(serve)
            await direct.ask(raw_call("demo_wait"))
            gate.release, gate.entered = anyio.Event(), anyio.Event()
            await direct.stream.send(raw_call("demo_wait"))
            await gate.entered.wait()
            stop.cancel()
            while sock.fileno() >= 0:  # then connections are told
                await anyio.lowlevel.checkpoint()
            if ends:
                gate.release.set()
            answer = await direct.read()
            assert await direct.read() == b"<end>"
            tasks.cancel_scope.cancel()
    assert answer.startswith(b"HTTP/1.1 200" if ends else b"HTTP/1.1 503")
    assert b"\r\nmcp-trace-id: *\r\nconnection: close\r\n\r\n" in answer
