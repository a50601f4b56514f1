"""HTTP+SSE of 2024-11-05: the stream, what is posted for it, and who may."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest

from doors.harness import DEADLINE, Served, call, request, serving
from doors.sse_client import Stream
from micro.doors import sse
from micro.doors.auth import HttpAuth
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.sse import SseDoor
from micro.doors.web import serve_web
from micro.events import ClientConnected, ClientDisconnected
from micro.gateway.auth.auth import Identity
from micro.gateway.auth.plug import auth_of
from micro.protocol.endpoint import MESSAGE_LIMIT


@asynccontextmanager
async def door(app: HttpApp | None = None) -> AsyncGenerator[tuple[Served, str]]:
    """Serve on a second address, where the old transport is there too."""
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        await tasks.start(serve_web, app or HttpApp(served.endpoint, sse=True), [sock])
        yield served, address_of(sock).url
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def stream(url: str, **headers: str) -> AsyncGenerator[Stream]:
    async with (
        httpx2.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client,
        client.stream("GET", "/mcp/sse", headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream"
        assert "no-cache" in response.headers["cache-control"]
        opened = Stream(client, response.aiter_lines())
        kind, opened.where = await opened.event()
        assert kind == "endpoint"
        assert opened.where.startswith("/mcp/messages?session_id=")
        yield opened


async def test_a_client_is_told_where_to_post_and_is_answered_on_its_stream():
    async with door() as (served, url), stream(url) as client:
        assert (await client.initialize())["result"]["protocolVersion"] == "2024-11-05"
        answer = await client.ask(call("demo_echo", {"text": "hé\n"}, id=2))
        assert answer["result"]["structuredContent"] == {"text": "hé\n"}
        failed = await client.ask(call("demo_fail", id=3))
        assert failed["result"]["isError"] is True
        unknown = await client.ask(call("demo_no", id=4))
        assert unknown["error"]["code"] == -32602
        assert [event.door for event in served.started] == ["sse", "sse", "sse"]


async def test_what_the_fast_lane_leaves_alone_is_answered_too():
    async with door() as (_, url), stream(url) as client:
        await client.initialize()
        await client.post(call("demo_count", id=5, _meta={"progressToken": "p"}))
        said = [await client.read() for _ in range(4)]
        assert [each.get("method") for each in said[:3]] == ["notifications/progress"] * 3
        assert said[3]["id"] == 5


async def test_the_client_hears_that_the_tools_changed():
    async with door() as (served, url), stream(url) as client:
        await client.initialize()
        await client.ask(request("tools/list", id=2))
        served.add_tool("more")
        assert (await client.read())["method"] == "notifications/tools/list_changed"


async def test_two_clients_each_get_their_own_answers():
    async with door() as (_, url), stream(url) as ada, stream(url) as bob:
        await ada.initialize()
        await bob.initialize()
        await ada.post(call("demo_echo", {"text": "ada"}, id=7))
        await bob.post(call("demo_echo", {"text": "bob"}, id=7))
        texts = [(await each.read())["result"]["structuredContent"]["text"] for each in (ada, bob)]
        assert texts == ["ada", "bob"]


async def test_a_call_is_cancelled_by_its_client_and_by_its_leaving():
    async with door() as (served, url):
        async with stream(url) as client:
            await client.initialize()
            await client.post(call("demo_wait", id=2))
            await served.gate.entered.wait()
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        await served.until(lambda: ClientDisconnected in map(type, served.events))
        doors = {event.door for event in served.events if isinstance(event, ClientConnected)}
        assert doors == {"sse"}
        async with httpx2.AsyncClient(base_url=url, trust_env=False) as late:
            answer = await late.post(client.where, json=request("ping"))
            assert (answer.status_code, answer.json()["error"]["kind"]) == (404, "unknown_session")


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "\ud7ff{", ""])
async def test_what_is_no_message_is_answered_on_the_stream_which_lives(body: str):
    async with door() as (_, url), stream(url) as client:
        await client.initialize()
        await client.client.post(client.where, content=body.encode())
        assert (await client.read())["error"]["code"] in (-32700, -32600)
        assert (await client.ask(request("ping", id=9)))["result"] == {}


async def test_what_is_posted_is_bounded_and_needs_a_stream():
    async with door() as (_, url), stream(url) as client:
        large = b'"' + b"x" * MESSAGE_LIMIT + b'"'
        assert (await client.client.post(client.where, content=large)).status_code == 413
        for where in ("/mcp/messages", "/mcp/messages?session_id=", "/mcp/messages?session_id=x"):
            answer = await client.client.post(where, json=request("ping"))
            assert answer.status_code == 404
        assert (await client.client.get(client.where)).status_code == 405
        assert (await client.client.post("/mcp/sse")).status_code == 405


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_pages_of_other_origins_get_no_stream_and_post_nothing(origin: str):
    async with door() as (_, url), stream(url) as client:
        assert (await client.post(request("ping"), origin=origin)).status_code == 403
        assert (await client.client.get("/mcp/sse", headers={"origin": origin})).status_code == 403


def who(token: str) -> Identity | None:
    return Identity(subject=token, scopes=("*",)) if token in ("ada", "bob") else None


async def test_a_stream_is_its_owners_alone():
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        app = HttpApp(served.endpoint, auth=auth_of(who), sse=True)
        await tasks.start(serve_web, app, [sock])
        url = address_of(sock).url
        async with stream(url, authorization="Bearer ada") as client:
            statuses = [
                (await client.post(request("ping"), **headers)).status_code
                for headers in (
                    {"authorization": "Bearer ada"},
                    {"authorization": "Bearer bob"},
                    {"authorization": "Bearer nobody"},
                    {},
                )
            ]
            assert statuses == [202, 404, 401, 401]
            refused = await client.client.get("/mcp/sse")
            assert refused.status_code == 401
        tasks.cancel_scope.cancel()


async def test_it_is_not_there_where_nobody_asked_for_it():
    async with serving() as served, httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{served.url}/mcp/sse")).status_code == 404


async def test_an_idle_stream_gives_signs_of_life():
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        auth = HttpAuth(served.endpoint.gateway, served.endpoint.gateway.auth)
        quick = SseDoor(served.endpoint, auth=auth, period=0.02)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await quick.stream(scope, receive, send)

        app.end_streams = lambda: None  # type: ignore[attr-defined]
        await tasks.start(serve_web, app, [sock])
        async with stream(address_of(sock).url) as client:
            assert [await client.event() for _ in range(2)] == [("", ": ping")] * 2
        tasks.cancel_scope.cancel()


async def test_streams_end_when_the_server_stops():
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        await tasks.start(serve_web, HttpApp(served.endpoint, sse=True), [sock])
        async with stream(address_of(sock).url) as client:
            await client.initialize()
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True), pytest.raises(EOFError):
                await client.event()


async def test_there_is_a_bound_on_open_streams(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "CLIENTS", 1)
    async with door() as (_, url), stream(url) as client:
        answer = await client.client.get("/mcp/sse")
        assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "too_many_streams")
