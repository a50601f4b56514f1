"""A load counts what fails: a figure is never made of calls that were not answered right."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import msgspec
from anyio.abc import SocketAttribute, SocketStream
from bench.load import Order, measure

Answer = Callable[[dict[str, Any]], bytes | None]


def right(request: dict[str, Any]) -> bytes | None:
    arguments = request["params"]["arguments"]
    return result(request["id"], arguments["a"] + arguments["b"])


def result(number: int, total: int) -> bytes:
    body = {"structuredContent": {"result": total}, "isError": False}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "result": body})


@asynccontextmanager
async def serving(answer: Answer) -> AsyncGenerator[int]:
    async def serve(stream: SocketStream) -> None:
        async with stream:
            received = b""
            while True:
                try:
                    received += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return
                _, found, body = received.partition(b"\r\n\r\n")
                if not found or not body.endswith(b"}"):
                    continue
                received = b""
                said = answer(msgspec.json.decode(body))
                if said is None:
                    return
                start = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said)
                await stream.send(start + said)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield listener.extra(SocketAttribute.local_port)
        tasks.cancel_scope.cancel()


def order(port: int, *, connections: int = 2, limit: int = 20) -> Order:
    return Order(
        port=port,
        pid=os.getpid(),
        tool="add",
        era="2026-07-28",
        connections=connections,
        seconds=10,
        limit=limit,
    )


async def test_calls_that_are_answered_right_are_counted_with_what_they_cost():
    async with serving(right) as port:
        outcome = await measure(order(port))

    assert (outcome.calls, outcome.errors) == (20, 0)
    assert outcome.cpu > 0
    assert 0 < outcome.p50 <= outcome.p99 <= outcome.wall


async def test_a_wrong_sum_is_an_error_and_no_call():
    def wrong(request: dict[str, Any]) -> bytes | None:
        warming = request["params"]["arguments"] == {"a": 1, "b": 1}
        return right(request) if warming else result(request["id"], 0)

    async with serving(wrong) as port:
        outcome = await measure(order(port))

    assert (outcome.calls, outcome.errors) == (0, 20)
    assert "the sum is wrong" in outcome.first_error


async def test_the_answer_to_another_call_is_an_error():
    def mixed(request: dict[str, Any]) -> bytes | None:
        arguments = request["params"]["arguments"]
        total = arguments["a"] + arguments["b"]
        return result(request["id"] if total == 2 else 0, total)

    async with serving(mixed) as port:
        outcome = await measure(order(port, limit=3))

    assert (outcome.calls, outcome.errors) == (0, 3)


async def test_a_connection_that_is_lost_is_one_error_and_the_others_go_on():
    lost = False

    def once(request: dict[str, Any]) -> bytes | None:
        nonlocal lost
        if request["params"]["arguments"]["a"] == 3 and not lost:
            lost = True
            return None
        return right(request)

    async with serving(once) as port:
        outcome = await measure(order(port))

    assert (outcome.calls, outcome.errors) == (19, 1)
    assert "ConnectionEnded" in outcome.first_error
