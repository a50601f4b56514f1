"""The HTTP server as one task: when it is ready, and how it stops."""

from __future__ import annotations

import signal
from typing import Any

import anyio
import httpx2

from doors.harness import DEADLINE, Gate, make_endpoint
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.events import EventBus


async def ask(url: str, answers: list[int]) -> None:
    async with httpx2.AsyncClient(timeout=DEADLINE, trust_env=False) as client:
        try:
            answer = await client.post(f"{url}/mcp/call", json={"tool": "demo.wait"})
            answers.append(answer.status_code)
        except httpx2.TransportError:
            answers.append(0)


async def stop_with_a_call_in_flight(gate: Gate, *, release: bool) -> tuple[list[int], Any]:
    """Stop a server while it works on a call; give what the client and a late client see."""
    _, endpoint = make_endpoint(EventBus(), gate)
    sock = bind(Address(host="127.0.0.1"))
    url, answers = address_of(sock).url, list[int]()
    stopping, stopped = anyio.CancelScope(), anyio.Event()

    async def serve(*, task_status: Any) -> None:
        with stopping:
            await serve_web(HttpApp(endpoint), [sock], stop_timeout=1, task_status=task_status)
        stopped.set()

    with anyio.fail_after(DEADLINE):
        async with endpoint.running(), anyio.create_task_group() as tasks:
            await tasks.start(serve)
            tasks.start_soon(ask, url, answers)
            await gate.entered.wait()
            stopping.cancel()
            late: list[int] = []
            if release:
                gate.release.set()
            await stopped.wait()
            await ask(url, late)
    return answers, late


async def test_a_call_in_flight_ends_before_the_server_does():
    gate = Gate()
    answers, late = await stop_with_a_call_in_flight(gate, release=True)
    assert answers == [200]
    assert late == [0]


async def test_a_call_that_does_not_end_is_cancelled_when_the_time_is_up():
    gate = Gate()
    answers, _ = await stop_with_a_call_in_flight(gate, release=False)
    assert answers != [200]
    assert gate.cancelled.is_set()


async def test_signal_handlers_are_left_alone():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    _, endpoint = make_endpoint(EventBus(), Gate())
    sock = bind(Address(host="127.0.0.1"))
    async with endpoint.running(), anyio.create_task_group() as tasks:
        await tasks.start(serve_web, HttpApp(endpoint), [sock])
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        tasks.cancel_scope.cancel()


async def test_health_is_answered_before_the_sdk_is_loaded():
    """``start`` returns when connections are taken; the endpoint's own task has not run yet."""
    _, endpoint = make_endpoint(EventBus(), Gate())
    sock = bind(Address(host="127.0.0.1"))
    async with endpoint.running(), anyio.create_task_group() as tasks:
        await tasks.start(serve_web, HttpApp(endpoint), [sock])
        async with httpx2.AsyncClient(timeout=DEADLINE, trust_env=False) as client:
            answer = await client.get(f"{address_of(sock).url}/health")
        assert answer.json()["status"] == "ok"
        tasks.cancel_scope.cancel()
