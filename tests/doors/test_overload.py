"""A gateway that is full says so on every door, and when to come back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx2

from doors.harness import DEADLINE, MODERN, call
from doors.web_client import modern
from micro import Service
from micro.serving import asgi


@asynccontextmanager
async def full() -> AsyncGenerator[httpx2.AsyncClient]:
    """Serve with room for one call, which runs as long as the context lasts."""
    service, entered = Service("demo"), anyio.Event()

    @service.tool
    async def wait() -> str:
        entered.set()
        await anyio.sleep_forever()
        return "never"

    @service.tool
    async def echo(text: str) -> str:
        return text

    app = asgi(service, calls_in_flight=1)
    transport = httpx2.ASGITransport(app)
    async with app.lifespan(), httpx2.AsyncClient(transport=transport) as client:
        client.base_url = "http://localhost"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.post, "/mcp/call/demo/wait")
            with anyio.fail_after(DEADLINE):
                await entered.wait()
            yield client
            tasks.cancel_scope.cancel()


async def test_rest_answers_503_with_retry_after():
    async with full() as client:
        answer = await client.post("/mcp/call/demo/echo", json={"text": "x"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        error = answer.json()["error"]
        assert (error["kind"], error["retryable"]) == ("overloaded", True)


async def test_mcp_answers_an_error_that_says_when_to_come_back():
    async with full() as client:
        body, headers = (
            call("demo_echo", {"text": "x"}, _meta=MODERN),
            modern("tools/call", "demo_echo"),
        )
        answer = await client.post("/mcp", json=body, headers=headers)
        error = answer.json()["error"]
        assert error["code"] == -31000
        assert error["data"]["retry_after"] == 1.0


async def test_what_calls_no_tool_is_answered_all_the_same():
    async with full() as client:
        assert (await client.get("/mcp/tools")).status_code == 200
        assert (await client.get("/health")).status_code == 200
