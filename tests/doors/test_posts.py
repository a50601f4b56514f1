"""Posts that come by ASGI: what is plain is answered at once, and as it is the usual way."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from doors.harness import DEADLINE, serving
from doors.wired import OTHERS, PLAIN, peer, raw_call, wired
from micro.doors.http import HttpApp
from verdicts import open_shop

Messages = list[dict[str, Any]]


async def test_plain_posts_are_answered_at_once_and_alike():
    async with (
        serving() as served,
        wired(served.endpoint) as all_ways,
        peer(all_ways.posted) as posted,
        peer(all_ways.asgi) as asgi,
    ):
        for what, message in PLAIN.items():
            for _ in range(2):
                answered = all_ways.by_asgi.answered
                assert await posted.ask(message) == await asgi.ask(message), what
                assert all_ways.by_asgi.answered == answered + 1, what


async def test_any_other_post_is_answered_as_ever():
    async with serving() as served, wired(served.endpoint) as all_ways:
        for what, message in [*OTHERS.items()] * 2:
            async with peer(all_ways.posted) as posted, peer(all_ways.asgi) as asgi:
                for _ in range(2):
                    try:
                        expected = await asgi.ask(message)
                    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                        break
                    assert await posted.ask(message) == expected, what


@pytest.mark.parametrize("kind", ["good", "poor", "bad", "expired", "none", "jwt"])
async def test_every_token_has_one_verdict_however_often_its_head_was_seen(kind: str):
    async with open_shop() as shop, wired(shop.serving.endpoint) as all_ways:
        token = {"Authorization": f"Bearer {shop.token(kind)}"} if kind != "none" else {}
        message = raw_call("shop.echo", **token)
        async with peer(all_ways.posted) as posted, peer(all_ways.asgi) as asgi:
            for turn in range(1, 3):
                assert await posted.ask(message) == await asgi.ask(message)
                assert all_ways.by_asgi.answered == (turn if kind in ("good", "jwt") else 0)
        assert len(shop.records) == 4


async def test_a_key_that_is_revoked_is_refused_at_once():
    async with open_shop() as shop, wired(shop.serving.endpoint) as all_ways:
        message = raw_call("shop.echo", Authorization=f"Bearer {shop.token()}")
        async with peer(all_ways.posted) as posted:
            for _ in range(2):
                assert (await posted.ask(message)).startswith(b"HTTP/1.1 200")
            shop.keys.revoke(shop.keys.list()[-1].id)
            assert (await posted.ask(message)).startswith(b"HTTP/1.1 401")


async def test_a_call_ends_when_its_client_hangs_up():
    async with serving() as served, wired(served.endpoint) as all_ways:
        with anyio.fail_after(DEADLINE):
            async with peer(all_ways.posted) as posted:
                await posted.stream.send(raw_call("demo_wait"))
                await served.gate.entered.wait()
            await served.gate.cancelled.wait()


ECHO = raw_call("demo_echo")


def scope_of(message: bytes, **odd: Any) -> dict[str, Any]:
    """Give the scope of a request as a server makes it."""
    head = message.partition(b"\r\n\r\n")[0]
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
    headers = [(name.lower(), value) for name, value in lines]
    return {"type": "http", "method": "POST", "path": "/mcp", "headers": headers} | odd


async def answer(app: HttpApp, scope: dict[str, Any], parts: Messages) -> Messages:
    """Answer a request whose messages come as they are in ``parts``."""
    coming, sent = iter(parts), Messages()

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    return sent


BODY = ECHO.partition(b"\r\n\r\n")[2]
PARTS: dict[str, Messages] = {
    "whole": [{"type": "http.request", "body": BODY, "more_body": False}],
    "whole, and not said so": [{"type": "http.request", "body": BODY}],
    "in two": [
        {"type": "http.request", "body": BODY[:9], "more_body": True},
        {"type": "http.request", "body": BODY[9:], "more_body": False},
    ],
    "after nothing": [
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": BODY},
    ],
}


@pytest.mark.parametrize("how", PARTS)
async def test_a_body_may_come_in_parts(how: str):
    async with serving() as served:
        app = HttpApp(served.endpoint)
        for _ in range(2):
            start, body = await answer(app, scope_of(ECHO), PARTS[how])
            assert start["status"] == 200
            assert b"tea" in body["body"]


async def test_a_client_that_leaves_before_its_body_is_answered_nothing():
    async with serving() as served:
        gone = [{"type": "http.disconnect"}]
        assert await answer(HttpApp(served.endpoint), scope_of(ECHO), gone) == []


async def test_a_post_whose_body_does_not_come_is_answered_when_the_server_stops():
    async with serving() as served:
        app, sent, asked = HttpApp(served.endpoint), Messages(), anyio.Event()

        async def receive() -> dict[str, Any]:
            asked.set()
            await anyio.sleep_forever()
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(dict(message))

        with anyio.fail_after(DEADLINE):
            async with asyncio.TaskGroup() as tasks:
                request = tasks.create_task(app(scope_of(ECHO), receive, send))
                await asked.wait()
                app.end_streams()
                request.cancel()
        assert sent[0]["status"] == 503
        assert b"mcp-trace-id" in dict(sent[0]["headers"])


async def test_the_path_is_that_below_where_the_application_is_mounted():
    async with serving() as served:
        app = HttpApp(served.endpoint)
        below = scope_of(ECHO, path="/tools/mcp", root_path="/tools")
        start, _ = await answer(app, below, PARTS["whole"])
        assert start["status"] == 200
        start, _ = await answer(app, scope_of(ECHO, path="/tools/mcp"), PARTS["whole"])
        assert start["status"] == 404


async def test_a_server_may_give_lists_in_place_of_pairs():
    async with serving() as served:
        scope = scope_of(ECHO)
        scope["headers"] = [list(pair) for pair in scope["headers"]]
        start, _ = await answer(HttpApp(served.endpoint), scope, PARTS["whole"])
        assert start["status"] == 200
