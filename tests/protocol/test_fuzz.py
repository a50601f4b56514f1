"""Messages broken at random: every one is answered as the protocol says, and nothing else happens.

The doors are driven without sockets, by the code that sockets feed. CI sends 100,000 messages by
each of HTTP, lines, WebSocket and REST; ``MICRO_FUZZ=100000`` sends as many in each era, and
``MICRO_FUZZ_SEED`` repeats a run that failed.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import logging
import os
import random
import tracemalloc
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from doors.harness import DEADLINE, request
from micro.doors.http import HttpApp
from protocol.lanes import both_endpoints, post, wire
from protocol.oddities import HANDSHAKE, Headers, Oddities
from protocol.test_lanes import LEGACY_MARK, MODERN_MARK, open_session

NUMBER = int(os.environ.get("MICRO_FUZZ") or (50_000 if "CI" in os.environ else 1_500))
SEED = int(os.environ.get("MICRO_FUZZ_SEED") or random.SystemRandom().randrange(2**32))
BITS = (
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b'"',
    b"\\",
    b"{",
    b"[",
    b"[" * 2000,
    b"9" * 400,
    b"\\ud800",
    b"NaN",
)
STATUSES = {200, 202, 400, 404, 406, 415}
REST_STATUSES = {200, 400, 404, 422, 500}
AT_ONCE = 100
"""Messages on a connection before the next answer is waited for."""

ERAS = pytest.mark.parametrize("modern", [True, False], ids=["modern", "older"])

pytestmark = pytest.mark.timeout(60 + NUMBER // 20)


def damage(chance: random.Random, message: bytes) -> bytes:
    """Cut bytes out, put some in, double some."""
    body = bytearray(message)
    for _ in range(chance.choice((1, 1, 2, 5))):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice((0, 0, 1, 3, 30)))
        body[start:end] = chance.choice((b"", body[:20], chance.choice(BITS)))
    return bytes(body)


def broken(*, modern: bool, number: int = NUMBER) -> Iterator[tuple[bytes, Headers]]:
    """Give messages whose fields are odd, and most of whose bytes are damaged too."""
    chance = random.Random(SEED)
    for sent in Oddities(SEED, modern=modern).posts(number):
        whole = chance.random() < 0.2
        yield sent.body if whole else damage(chance, sent.body), sent.headers


def in_batches(messages: Iterable[bytes]) -> Iterator[list[bytes]]:
    lines = (message.replace(b"\n", b"").replace(b"\r", b"") for message in messages)
    while batch := list(itertools.islice(lines, AT_ONCE)):
        yield batch


def assert_answer(said: Any) -> None:
    if isinstance(said, list):  # to a batch
        for each in said:
            assert_answer(each)
        return
    assert said["jsonrpc"] == "2.0", SEED
    assert ("result" in said) != ("error" in said), SEED
    if "error" in said:
        assert isinstance(said["error"]["code"], int)
        assert "Traceback" not in said["error"]["message"]


def assert_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@ERAS
async def test_http_answers_every_broken_message(modern: bool, caplog: pytest.LogCaptureFixture):
    async with both_endpoints() as (endpoint, _):
        app = HttpApp(endpoint)
        session = [] if modern else await open_session(app)
        for body, headers in broken(modern=modern):
            answer = await post(app, body, headers + session)
            assert answer.status in STATUSES, (SEED, body, headers, answer)
            if isinstance(answer.body, dict):
                assert_answer(answer.body)
    assert_quiet(caplog)


@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25", "2025-03-26"])
async def test_lines_answer_every_broken_message(version: str, caplog: pytest.LogCaptureFixture):
    modern = version == "2026-07-28"
    number = NUMBER if modern else NUMBER // 2
    async with both_endpoints() as (endpoint, _), wire(endpoint) as connection:
        mark = MODERN_MARK if modern else LEGACY_MARK
        initialize, started = HANDSHAKE
        initialize = initialize | {"params": initialize["params"] | {"protocolVersion": version}}
        opening = () if modern else (json.dumps(each).encode() for each in (initialize, started))
        await connection.ask(*opening, until=request("tools/list", mark.get("params")))
        messages = (body for body, _ in broken(modern=modern, number=number))
        for batch in in_batches(messages):
            for said in await connection.ask(*batch, until=mark):
                if isinstance(said, list) or "method" not in said:
                    assert_answer(said)
    assert_quiet(caplog)


async def test_rest_answers_every_broken_body(caplog: pytest.LogCaptureFixture):
    chance = random.Random(SEED)
    whole = [
        (path, body)
        for path, wrap in (("/mcp/call", True), ("/mcp/call/demo/echo", False))
        for given in ({"text": "x"}, {}, {"text": "é", "more": [1, {"a": None}]})
        for body in [{"tool": "demo.echo", "input": given} if wrap else given]
    ]
    async with both_endpoints() as (endpoint, _):
        app = HttpApp(endpoint)
        for _ in range(2 * NUMBER):
            path, sent = chance.choice(whole)
            body = damage(chance, json.dumps(sent, ensure_ascii=chance.random() < 0.5).encode())
            answer = await post(app, body, [("host", "localhost")], path=path)
            assert answer.status in REST_STATUSES, (SEED, path, body, answer)
            assert ("result" in answer.body) != ("error" in answer.body), (SEED, path, body)
    assert_quiet(caplog)


class Frames:
    """A WebSocket in this process, as a server drives it."""

    def __init__(self) -> None:
        self._to_app, self._from_client = anyio.create_memory_object_stream[Any](1000)
        self._answers, self._sent = anyio.create_memory_object_stream[Any](10_000)

    async def ask(self, frames: list[bytes], mark: str) -> list[Any]:
        """Send frames, and give all that comes until a last request is answered."""
        for frame in frames:
            await self._to_app.send(self._event(frame))
        last = json.dumps(MODERN_MARK | {"id": mark})
        await self._to_app.send({"type": "websocket.receive", "text": last})
        said: list[Any] = []
        with anyio.fail_after(DEADLINE):
            while not said or said[-1].get("id") != mark:
                event = await self._sent.receive()
                assert event["type"] == "websocket.send", (SEED, event)
                said.append(json.loads(event["text"]))
        return said

    def _event(self, frame: bytes) -> dict[str, Any]:
        """A server gives text only where it is UTF-8, and ends the connection otherwise."""
        try:
            return {"type": "websocket.receive", "text": frame.decode()}
        except UnicodeDecodeError:
            return {"type": "websocket.receive", "bytes": frame}

    async def run(self, app: HttpApp) -> None:
        headers = [(b"host", b"localhost")]
        scope = {"type": "websocket", "path": "/mcp/ws", "headers": headers, "subprotocols": []}
        await self._to_app.send({"type": "websocket.connect"})
        await app(scope, self._from_client.receive, self._answers.send)

    async def accepted(self) -> None:
        with anyio.fail_after(DEADLINE):
            assert (await self._sent.receive())["type"] == "websocket.accept"

    async def close(self) -> None:
        await self._to_app.send({"type": "websocket.disconnect"})
        for stream in (self._to_app, self._sent):
            stream.close()


@asynccontextmanager
async def websocket(app: HttpApp) -> AsyncGenerator[Frames]:
    frames = Frames()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(frames.run, app))
        await frames.accepted()
        yield frames
        await frames.close()
        tasks.cancel_scope.cancel()
    frames._from_client.close()
    frames._answers.close()


async def test_a_websocket_answers_every_broken_frame(caplog: pytest.LogCaptureFixture):
    async with both_endpoints() as (endpoint, _), websocket(HttpApp(endpoint)) as connection:
        await connection.ask([], "first")
        messages = (body for body, _ in broken(modern=True, number=2 * NUMBER))
        for number, batch in enumerate(in_batches(messages)):
            for said in await connection.ask(batch, f"mark-{number}"):
                if "method" not in said:
                    assert_answer(said)
    assert_quiet(caplog)


@contextmanager
def without_debugging() -> Generator[None]:
    """Have the loop keep no traceback of each timer, of which some hundred wait though cancelled.

    With those the memory goes up and down by as much as a leak would take.
    """
    loop = asyncio.get_running_loop()
    debugs = loop.get_debug()
    loop.set_debug(False)
    try:
        yield
    finally:
        loop.set_debug(debugs)


async def test_memory_is_flat_under_broken_messages():
    async with both_endpoints() as (endpoint, _), wire(endpoint) as connection:
        app = HttpApp(endpoint)
        messages = list(broken(modern=True, number=500))
        lines = list(in_batches(body for body, _ in messages))

        async def send_all() -> None:
            for body, headers in messages:
                await post(app, body, headers)
            for batch in lines:
                await connection.ask(*batch, until=MODERN_MARK)

        with without_debugging():
            tracemalloc.start()
            try:
                await send_all()  # what is made once, and what one round keeps of the last
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
                for _ in range(2):
                    await send_all()
                gc.collect()
                grown = tracemalloc.get_traced_memory()[0] - before
            finally:
                tracemalloc.stop()
        assert grown < 100_000
