"""Batches: in the sessions of 2025-03-26 and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest

from doors.harness import DEADLINE, INITIALIZE, MODERN, Served, call, request, serving
from doors.web_client import http, modern
from micro.protocol.batches import LIMIT, VERSION

NOTE = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}}


class Session:
    """An older client over HTTP."""

    def __init__(self, client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def post(self, body: object, **headers: str) -> httpx2.Response:
        return await self.client.post("/mcp", json=body, headers=self.headers | headers)


@asynccontextmanager
async def opened(version: str = VERSION) -> AsyncGenerator[tuple[Served, Session]]:
    async with serving() as served, http(served) as client:
        session = Session(client, {"accept": "application/json, text/event-stream"})
        answer = await session.post(
            request("initialize", INITIALIZE | {"protocolVersion": version})
        )
        session.headers["mcp-session-id"] = answer.headers["mcp-session-id"]
        await session.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        await session.post(request("tools/list"))  # after it the session is known
        yield served, session


async def test_every_request_of_a_batch_is_answered_in_its_place():
    async with opened() as (served, session):
        batch = [
            call("demo_echo", {"text": "one"}, id=1),
            NOTE,
            call("demo_fail", id=2),
            request("ping", id=3),
            call("demo_no", id=4),
            request("no/such", id=5),
            call("demo_count", id=6, _meta={"progressToken": "p"}),
        ]
        answer = await session.post(batch)
        assert answer.status_code == 200
        assert answer.headers["mcp-session-id"] == session.headers["mcp-session-id"]
        said: list[Any] = answer.json()
        assert [each["id"] for each in said] == [1, 2, 3, 4, 5, 6]
        assert said[0]["result"]["structuredContent"] == {"text": "one"}
        assert said[1]["result"]["isError"] is True
        assert said[2]["result"] == {}
        assert [each["error"]["code"] for each in said[3:5]] == [-32602, -32601]
        assert len(served.finished) == 4


async def test_the_calls_of_a_batch_run_at_the_same_time():
    async with opened() as (served, session):
        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                batch = [call("demo_wait", id=1), call("demo_wait", id=2)]
                tasks.start_soon(session.post, batch)
                await served.until(lambda: len(served.started) == 2)
                served.gate.release.set()


async def test_a_batch_of_notifications_is_acknowledged():
    async with opened() as (_, session):
        answer = await session.post([NOTE, NOTE])
        assert (answer.status_code, answer.content) == (202, b"")


async def test_a_message_that_is_none_is_answered_and_so_are_the_others():
    async with opened() as (_, session):
        none = {"jsonrpc": "1.0", "id": 1, "method": "ping"}
        answer = await session.post([none, request("ping", id=2)])
        assert answer.status_code == 200
        wrong, right = answer.json()
        assert wrong["error"]["code"] == -32602
        assert right == {"jsonrpc": "2.0", "id": 2, "result": {}}


async def test_a_batch_of_nothing_that_can_be_taken_is_refused_as_one_message_would_be():
    async with opened() as (_, session):
        batch = [request("ping", id=1), request("ping", id=2)]
        assert (await session.post(batch, accept="text/html")).status_code == 406


async def test_an_id_that_is_there_twice_is_refused_once():
    async with opened() as (served, session):
        served.gate.release.set()
        batch = [call("demo_wait", id=1), request("ping", id=1)]
        said = (await session.post(batch)).json()
        assert ["error" in each for each in said] == [False, True]


@pytest.mark.parametrize(
    "batch",
    [[request("initialize", INITIALIZE)], [request("ping")] * (LIMIT + 1)],
)
async def test_a_handshake_or_too_many_messages_are_no_batch(batch: list[Any]):
    async with opened() as (_, session):
        answer = await session.post(batch)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32600


@pytest.mark.parametrize("body", [[], [1], ["ping"], [None, 1]])
async def test_what_holds_no_messages_is_refused(body: list[Any]):
    async with opened() as (_, session):
        answer = await session.post(body)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32600


async def test_what_is_no_message_leaves_the_others_of_its_batch_to_be_answered():
    async with opened() as (_, session):
        odd_id = request("ping") | {"id": 1.5}
        answer = await session.post([1, request("ping", id=2), odd_id, {"id": 3}, [NOTE]])
        assert answer.status_code == 200
        said = [(each["id"], each.get("error", {}).get("code")) for each in answer.json()]
        assert said == [(None, -32600), (2, None), (None, -32600), (3, -32600), (None, -32600)]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-06-18", "2025-11-25"])
async def test_other_versions_have_no_batches(version: str):
    async with opened(version) as (served, session):
        answer = await session.post([call("demo_echo")])
        assert answer.status_code == 400
        assert not served.started


async def test_2026_07_28_has_no_batches():
    async with serving() as served, http(served) as client:
        body = [call("demo_echo", _meta=MODERN)]
        answer = await client.post("/mcp", json=body, headers=modern("tools/call", "demo_echo"))
        assert answer.status_code == 400
        assert not served.started
