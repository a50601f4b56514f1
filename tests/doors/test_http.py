"""The HTTP application itself: its paths, its start and stop, mounted and alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from doors.harness import DEADLINE, Gate, make_endpoint, serving
from doors.web_client import http, session
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.events import EventBus
from micro.protocol.endpoint import McpEndpoint


async def test_an_unknown_path_is_answered_with_the_paths_there_are():
    async with serving() as served, http(served) as client:
        answer = await client.get("/tools")
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["kind"] == "unknown_path"
        assert "/mcp/call" in error["mend"]


async def test_a_wrong_method_is_answered_with_the_right_one():
    async with serving() as served, http(served) as client:
        answer = await client.get("/mcp/call")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_health_says_who_answers():
    async with serving() as served, http(served) as client:
        answer = await client.get("/health")
        assert answer.json() == {"status": "ok", "name": "demo", "version": "1.2.3", "tools": 4}
        assert "server" not in answer.headers


async def test_stopping_ends_open_streams_at_once():
    async with serving() as served, http(served) as client, session(client) as headers:
        with anyio.fail_after(DEADLINE):
            async with client.stream("GET", "/mcp", headers=headers) as stream:
                assert stream.status_code == 200
                served.app.end_streams()
                said = [chunk async for chunk in stream.aiter_bytes()]
                assert not any(b"event: message" in chunk for chunk in said)


async def test_a_mounted_application_serves_below_its_prefix():
    _, endpoint = make_endpoint(EventBus(), Gate())
    app = HttpApp(endpoint, access=Access("api.example"))
    outer = Starlette(routes=[Mount("/agents", app)], lifespan=app.lifespan)
    transport = httpx2.ASGITransport(outer)
    async with (
        outer.router.lifespan_context(outer),
        httpx2.AsyncClient(transport=transport, base_url="http://api.example") as client,
    ):
        answer = await client.post("/agents/mcp/call/demo/echo", json={"text": "in"})
        assert answer.json()["result"] == {"text": "in"}


async def endpoint_runs(endpoint: McpEndpoint) -> None:
    while not endpoint.is_running:
        await anyio.lowlevel.checkpoint()
    await endpoint.serving()


async def test_the_application_follows_the_lifespan_of_its_server():
    _, endpoint = make_endpoint(EventBus(), Gate())
    app, said = HttpApp(endpoint), list[str]()
    told, incoming = anyio.create_memory_object_stream[dict[str, Any]](2)

    async def send(message: Any) -> None:
        said.append(message["type"])

    with told, incoming, anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, {"type": "lifespan"}, incoming.receive, send)
            await told.send({"type": "lifespan.startup"})
            await endpoint_runs(endpoint)
            await told.send({"type": "lifespan.shutdown"})
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_start_that_fails_is_told_to_the_server():
    @asynccontextmanager
    async def broken() -> AsyncGenerator[None]:
        raise RuntimeError("no database")
        yield

    _, endpoint = make_endpoint(EventBus(), Gate())
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        said.append(message)

    with pytest.raises(RuntimeError):
        await HttpApp(endpoint, lifespan=broken)({"type": "lifespan"}, receive, send)
    assert said == [{"type": "lifespan.startup.failed", "message": "no database"}]


async def test_a_mounted_application_that_nobody_started_says_how_to():
    _, endpoint = make_endpoint(EventBus(), Gate())
    transport = httpx2.ASGITransport(HttpApp(endpoint))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert "app.lifespan" in answer.json()["error"]["mend"]
