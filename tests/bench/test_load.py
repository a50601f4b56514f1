"""A load counts what fails: a figure is never made of calls that were not answered right."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import msgspec
import pytest
from anyio.abc import SocketAttribute, SocketStream
from bench.load import Order, measure

Answer = Callable[[dict[str, Any]], bytes | None]


def right(request: dict[str, Any]) -> bytes | None:
    arguments = request["params"]["arguments"]
    return result(request["id"], arguments["a"] + arguments["b"])


def result(number: int, total: int) -> bytes:
    body = {"structuredContent": {"result": total}, "isError": False}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "result": body})


async def no_wait(number: int) -> None:
    """Answer without a wait."""


@asynccontextmanager
async def serving(
    answer: Answer, *, before: Callable[[int], Awaitable[None]] = no_wait, parts: int = 1
) -> AsyncGenerator[int]:
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
                message = msgspec.json.decode(body)
                await before(message["id"])
                said = answer(message)
                if said is None:
                    return
                start = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said)
                whole = start + said
                size = -(-len(whole) // parts)
                for first in range(0, len(whole), size):
                    await stream.send(whole[first : first + size])
                    await anyio.lowlevel.checkpoint()

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


def at_once(port: int, connections: int) -> Order:
    return msgspec.structs.replace(order(port, connections=connections), at_once=True)


async def test_calls_that_are_answered_right_are_counted_with_what_they_cost():
    async with serving(right) as port:
        outcome = await measure(order(port))

    assert (outcome.calls, outcome.errors) == (20, 0)
    assert outcome.cpu > 0
    assert 0 < outcome.p50 <= outcome.p99 <= outcome.wall


@pytest.mark.parametrize("parts", [1, 3])
async def test_calls_made_at_once_are_all_in_flight_before_one_is_answered(parts: int):
    together = anyio.Event()
    begun = list[int]()

    async def wait_for_all(number: int) -> None:
        begun.append(number)
        if len(begun) == 20:
            together.set()
        await together.wait()

    async with serving(right, before=wait_for_all, parts=parts) as port:
        outcome = await measure(at_once(port, 20))

    assert (outcome.calls, outcome.errors) == (20, 0)
    assert outcome.p99 <= outcome.wall


async def test_of_calls_made_at_once_a_wrong_one_and_one_that_is_hung_up_on_are_errors():
    def odd(request: dict[str, Any]) -> bytes | None:
        number = request["id"]
        return None if number == 3 else result(number, 0) if number == 4 else right(request)

    async with serving(odd) as port:
        outcome = await measure(at_once(port, 10))

    assert (outcome.calls, outcome.errors) == (8, 2)


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
