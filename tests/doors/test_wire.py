"""uvicorn's connections with a way past ASGI: what comes how, in which order, and when they end."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from doors.harness import DEADLINE, Gate, make_endpoint, serving
from doors.wired import (
    CHANGING,
    ECHO,
    OTHERS,
    PLAIN,
    Counted,
    counted,
    peer,
    raw_call,
    two_ways,
    wired,
)
from micro.doors import wire
from micro.doors.http import HttpApp
from micro.doors.web import KEEP_ALIVE
from micro.doors.wire import BODY_PATIENCE, DirectProtocol
from micro.events import EventBus


async def test_requests_that_come_at_once_are_answered_in_order():
    async with two_ways() as (both, direct, asgi):
        await direct.ask(ECHO)
        many = [raw_call("demo_echo", f"{number}", id=number) for number in range(5)]
        await direct.stream.send(many[0])
        await direct.stream.send(b"".join(many[1:]))
        for number in range(5):
            answer = await direct.read()
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["id"] == number
        assert await direct.ask(ECHO) == await asgi.ask(ECHO)
        assert both.posts.answered >= 1


async def test_a_request_waits_for_the_answer_to_the_one_before():
    async with serving() as served, wired(served.endpoint) as both, peer(both.direct) as direct:
        served.gate.release.set()
        for message in (raw_call("demo_wait"), ECHO) * 2:
            await direct.ask(message)
        served.gate.release, served.gate.entered = anyio.Event(), anyio.Event()
        await direct.stream.send(raw_call("demo_wait", id=1))
        await served.gate.entered.wait()
        await direct.stream.send(raw_call("demo_echo", id=2))
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        served.gate.release.set()
        assert b'"id":1,' in await direct.read()
        assert b'"id":2,' in await direct.read()


def test_the_uvicorn_that_is_installed_is_known():
    assert wire.is_known()


async def test_an_unknown_uvicorn_answers_by_asgi(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uvicorn, "__version__", "9.0.0")
    async with two_ways() as (both, direct, asgi):
        for _ in range(3):
            assert await direct.ask(ECHO) == await asgi.ask(ECHO)
        assert both.posts.answered == 0


P = TypeVar("P", bound=HttpToolsProtocol)


class Transport(asyncio.Transport):
    """The server's end of a connection that has no other end."""

    closed = False
    reading = True
    written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


@asynccontextmanager
async def running() -> AsyncGenerator[tuple[uvicorn.Config, Counted]]:
    """Run an application; give how uvicorn serves it, and what counts the posts past ASGI."""
    _, endpoint = make_endpoint(EventBus(), Gate())
    app = HttpApp(endpoint)
    app.direct = posts = counted(endpoint)
    config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_config=None)
    config.timeout_keep_alive = KEEP_ALIVE
    async with endpoint.running():
        yield config, posts


@asynccontextmanager
async def opened(kind: type[P], config: uvicorn.Config) -> AsyncGenerator[P]:
    """Give a connection."""
    protocol = kind(config, server_state=ServerState(), app_state={})
    protocol.access_log = False
    protocol.connection_made(Transport())
    yield protocol
    protocol.connection_lost(None)
    await until_idle(protocol)


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[DirectProtocol, Transport]]:
    """Give a connection to an application that knows the head of ``ECHO``."""
    async with running() as (config, _), opened(DirectProtocol, config) as protocol:
        assert isinstance(protocol.transport, Transport)
        for _ in range(2):
            await answered(protocol, protocol.transport, ECHO)
        yield protocol, protocol.transport


async def answered(protocol: DirectProtocol, transport: Transport, *parts: bytes) -> bytes:
    transport.written = b""
    for part in parts:
        protocol.data_received(part)
    await until_idle(protocol)
    return transport.written


async def until_idle(protocol: HttpToolsProtocol) -> None:
    with anyio.fail_after(DEADLINE):
        while protocol.server_state.tasks:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("at", [1, 30, ECHO.index(b"\r\n\r\n") + 4, len(ECHO) - 2])
async def test_a_request_may_come_in_parts(at: int):
    async with connected() as (protocol, transport):
        whole = await answered(protocol, transport, ECHO)
        apart = await answered(protocol, transport, ECHO[:at], ECHO[at:])
        assert len(apart) == len(whole)
        thirds = ECHO[:at], ECHO[at : at + 1], ECHO[at + 1 :]
        assert len(await answered(protocol, transport, *thirds)) >= len(whole)


async def test_a_connection_is_closed_once_it_is_idle_for_long():
    async with connected() as (protocol, transport):
        now = protocol.loop.time()
        protocol.look(now + KEEP_ALIVE - 5)
        assert not transport.closed
        protocol.look(now + KEEP_ALIVE + 5)
        assert transport.closed


async def test_a_connection_with_a_call_in_flight_is_not_closed():
    async with connected() as (protocol, transport):
        protocol.data_received(ECHO)
        protocol.look(protocol.loop.time() + 2 * KEEP_ALIVE)
        assert not transport.closed
        await until_idle(protocol)


async def test_a_body_that_does_not_come_is_waited_for_as_any_other():
    async with connected() as (protocol, transport):
        transport.written, head = b"", ECHO[: ECHO.index(b"\r\n\r\n") + 4]
        protocol.data_received(head)
        assert not protocol.server_state.tasks
        protocol.look(protocol.loop.time() + BODY_PATIENCE)
        assert protocol.server_state.tasks  # which times it out
        protocol.data_received(ECHO[len(head) :])
        await until_idle(protocol)
        assert transport.written.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_connection_has_a_parser_only_while_there_is_something_to_parse():
    async with running() as (config, _), opened(DirectProtocol, config) as protocol:
        transport = protocol.transport
        assert isinstance(transport, Transport)
        assert protocol.parser is None
        await answered(protocol, transport, ECHO)
        assert protocol.parser is None
        known = await answered(protocol, transport, ECHO)
        assert protocol.parser is None
        another = OTHERS["another path"]
        await answered(protocol, transport, another[:40])
        assert protocol.parser is not None
        other = await answered(protocol, transport, another[40:])
        assert protocol.parser is None
        assert known.startswith(b"HTTP/1.1 200 OK\r\n")
        assert other.startswith(b"HTTP/1.1 200 OK\r\n")


async def fed(protocol: HttpToolsProtocol, parts: list[bytes]) -> tuple[bytes, bool]:
    """Give what is answered to what comes in these parts, and whether that was the end."""
    transport = protocol.transport
    assert isinstance(transport, Transport)
    for part in parts:
        while not transport.reading:
            await anyio.lowlevel.checkpoint()
        if transport.closed:
            break
        protocol.data_received(part)
        for _ in range(len(part) % 30):  # at some times it is answered before more comes
            await anyio.lowlevel.checkpoint()
    await until_idle(protocol)
    return CHANGING.sub(b"*", transport.written), transport.closed


def cut(messages: list[bytes], dice: random.Random) -> list[bytes]:
    """Give messages as they may come: most of them whole, some in parts, some with the next."""
    sent = b"".join(messages)
    ends = [end for end in itertools.accumulate(map(len, messages)) if dice.random() < 0.8]
    cuts = {0, len(sent), *ends, *dice.sample(range(len(sent)), k=dice.choice([0, 0, 1, 2]))}
    return [sent[a:b] for a, b in itertools.pairwise(sorted(cuts))]


async def test_whatever_comes_in_whatever_parts_is_answered_as_by_uvicorn():
    dice, messages = random.Random(44), [*PLAIN.values()] * 3 + [*OTHERS.values()]
    messages = [message for message in messages if len(message) < 10_000]
    async with running() as (config, posts):
        for number in range(150):
            parts = cut(dice.choices(messages, k=dice.randint(1, 6)), dice)
            with anyio.fail_after(DEADLINE):
                async with opened(HttpToolsProtocol, config) as uvicorns:
                    expected = await fed(uvicorns, parts)
                async with opened(DirectProtocol, config) as ours:
                    assert await fed(ours, parts) == expected, (number, parts)
        assert posts.answered > 20
