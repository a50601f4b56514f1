"""Batches over lines: in the sessions of 2025-03-26 and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from doors.harness import (
    DEADLINE,
    INITIALIZE,
    LineClient,
    Served,
    call,
    line_client,
    request,
    serving,
)
from micro.protocol.batches import LIMIT, VERSION

NOTE = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}}
CANCEL = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}


@asynccontextmanager
async def opened(version: str = VERSION) -> AsyncGenerator[tuple[Served, LineClient]]:
    async with serving() as served, line_client(served.path) as client:
        await client.ask(request("initialize", INITIALIZE | {"protocolVersion": version}))
        await client.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield served, client


def by_id(answers: list[Any]) -> dict[Any, Any]:
    return {each["id"]: each for each in answers}


async def test_what_answers_a_batch_is_one_line():
    async with opened() as (served, client):
        batch = [
            call("demo_echo", {"text": "one"}, id=1),
            NOTE,
            call("demo_fail", id=2),
            request("ping", id=3),
            call("demo_no", id=4),
            request("no/such", id=5),
        ]
        await client.send(batch)
        said = by_id(await client.read())
        assert sorted(said) == [1, 2, 3, 4, 5]
        assert said[1]["result"]["structuredContent"] == {"text": "one"}
        assert said[2]["result"]["isError"] is True
        assert said[3]["result"] == {}
        assert [said[number]["error"]["code"] for number in (4, 5)] == [-32602, -32601]
        assert len(served.finished) == 3


async def test_progress_does_not_wait_for_the_batch():
    async with opened() as (_, client):
        await client.send([call("demo_count", id=6, _meta={"progressToken": "p"})])
        said = [await client.read() for _ in range(4)]
        assert [each["method"] for each in said[:3]] == ["notifications/progress"] * 3
        assert [each["id"] for each in said[3]] == [6]


async def test_the_calls_of_a_batch_run_at_the_same_time_and_others_beside_them():
    async with opened() as (served, client):
        await client.send([call("demo_wait", id=1), call("demo_wait", id=2)])
        await served.until(lambda: len(served.started) == 2)
        assert (await client.ask(request("ping", id=3)))["id"] == 3
        served.gate.release.set()
        assert sorted(by_id(await client.read())) == [1, 2]


async def test_a_batch_of_notifications_is_not_answered():
    async with opened() as (_, client):
        await client.send([NOTE, NOTE])
        assert (await client.ask(request("ping", id=3)))["id"] == 3


async def test_a_call_that_is_cancelled_is_not_waited_for():
    async with opened() as (served, client):
        await client.send([call("demo_wait", id=1), request("ping", id=2)])
        await served.gate.entered.wait()
        await client.send(CANCEL)
        assert [each["id"] for each in await client.read()] == [2]
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()


async def test_a_message_that_is_none_is_answered_and_so_are_the_others():
    async with opened() as (_, client):
        await client.send([7, {"id": 1.5, "method": "ping"}, {"id": 8}, request("ping", id=2)])
        said = await client.read()
        assert [(each["id"], each.get("error", {}).get("code")) for each in said] == [
            (None, -32600),
            (None, -32600),
            (8, -32600),
            (2, None),
        ]


async def test_an_id_that_is_there_twice_is_answered_twice():
    async with opened() as (_, client):
        await client.send([request("ping", id=1), request("ping", id=1)])
        assert [each["id"] for each in await client.read()] == [1, 1]


@pytest.mark.parametrize(
    "batch",
    [[request("ping"), request("initialize", INITIALIZE)], [request("ping")] * (LIMIT + 1)],
    ids=["with initialize", "too long"],
)
async def test_a_batch_that_is_too_much_is_refused_whole(batch: list[Any]):
    async with opened() as (served, client):
        await client.send(batch)
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, -32600)
        assert not served.started


@pytest.mark.parametrize("version", ["2024-11-05", "2025-06-18", "2025-11-25"])
async def test_no_other_version_has_batches(version: str):
    async with opened(version) as (_, client):
        await client.send([request("ping", id=1)])
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, -32600)


async def test_an_empty_batch_is_no_message():
    async with opened() as (_, client):
        await client.send([])
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) == (None, -32600)


async def test_a_batch_inside_a_batch_is_no_message():
    async with opened() as (_, client):
        await client.send([[request("ping", id=1)], request("ping", id=2)])
        said = await client.read()
        assert [(each["id"], "error" in each) for each in said] == [(None, True), (2, False)]
