"""Messages broken at random: every one is answered as the protocol says, and nothing else happens.

``MICRO_FUZZ=100000`` sends as many by each door; ``MICRO_FUZZ_SEED`` repeats a run that failed.
"""

from __future__ import annotations

import json
import logging
import os
import random
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from doors.harness import request
from micro.doors.http import HttpApp
from protocol.lanes import both_endpoints, post, wire
from protocol.oddities import HANDSHAKE, Oddities
from protocol.test_lanes import LEGACY_MARK, MODERN_MARK, open_session

NUMBER = int(os.environ.get("MICRO_FUZZ", "1500"))
SEED = int(os.environ.get("MICRO_FUZZ_SEED") or random.SystemRandom().randrange(2**32))
BITS = (
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b'"',
    b"\\",
    b"{",
    b"[" * 2000,
    b"9" * 400,
    b"\\ud800",
    b"NaN",
)
STATUSES = {200, 202, 400, 404, 406, 415}

pytestmark = pytest.mark.timeout(60 + NUMBER // 20)


def broken(*, modern: bool) -> Iterator[tuple[bytes, Any]]:
    """Give messages with bytes cut out, put in, doubled and turned."""
    chance = random.Random(SEED)
    for sent in Oddities(SEED, modern=modern).posts(NUMBER):
        body = bytearray(sent.body)
        for _ in range(chance.choice((1, 1, 2, 5))):
            start = chance.randrange(len(body) + 1)
            end = min(len(body), start + chance.choice((0, 0, 1, 3, 30)))
            body[start:end] = chance.choice((b"", body[:20], chance.choice(BITS)))
        yield bytes(body), sent.headers


def assert_answer(said: Any) -> None:
    assert said["jsonrpc"] == "2.0", SEED
    assert ("result" in said) != ("error" in said), SEED
    if "error" in said:
        assert isinstance(said["error"]["code"], int)
        assert "Traceback" not in said["error"]["message"]


@pytest.mark.parametrize("modern", [True, False])
async def test_http_answers_every_broken_message(modern: bool, caplog: pytest.LogCaptureFixture):
    async with both_endpoints() as (endpoint, _):
        app = HttpApp(endpoint)
        session = [] if modern else await open_session(app)
        for body, headers in broken(modern=modern):
            answer = await post(app, body, headers + session)
            assert answer.status in STATUSES, (SEED, body, headers, answer)
            if isinstance(answer.body, dict):
                assert_answer(answer.body)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("modern", [True, False])
async def test_lines_answer_every_broken_message(modern: bool, caplog: pytest.LogCaptureFixture):
    async with both_endpoints() as (endpoint, _), wire(endpoint) as connection:
        mark = MODERN_MARK if modern else LEGACY_MARK
        opening = () if modern else tuple(json.dumps(each).encode() for each in HANDSHAKE)
        await connection.ask(*opening, until=request("tools/list", mark.get("params")))
        for body, _ in broken(modern=modern):
            line = body.replace(b"\n", b"").replace(b"\r", b"")
            for said in await connection.ask(line, until=mark):
                assert_answer(said)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_memory_is_flat_under_broken_messages():
    async with both_endpoints() as (endpoint, _):
        app = HttpApp(endpoint)
        messages = list(broken(modern=True))[:500]
        for body, headers in messages:  # what is made once is made now
            await post(app, body, headers)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(3):
                for body, headers in messages:
                    await post(app, body, headers)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert grown < 300_000
