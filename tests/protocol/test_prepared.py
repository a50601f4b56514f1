"""Answers that tell of a list are written once, and packed for clients that take that."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx2
import pytest
from starlette.types import Message

from doors.harness import MODERN, echo, make_tool, request, serving
from doors.web_client import http, modern, session
from micro.calls import Tool
from micro.protocol.identity import Identity
from micro.protocol.packing import LONGEST_END
from micro.protocol.prepared import PreparedLists
from micro.protocol.responses import Response
from micro.protocol.splice import Endings

MANY = tuple(make_tool(f"tool{number:04}", echo) for number in range(200))
FEW = MANY[:2]
LIST = request("tools/list", {"_meta": MODERN})


def lists() -> PreparedLists:
    return PreparedLists(Endings(Identity(name="demo", version="1")))


def test_an_answer_is_written_once_for_each_era_until_the_list_is_another():
    prepared = lists()
    assert prepared.of(MANY, modern=True) is prepared.of(MANY, modern=True)
    assert prepared.of(MANY, modern=True) is not prepared.of(MANY, modern=False)
    assert prepared.of(FEW, modern=True) is not prepared.of(MANY, modern=True)


@pytest.mark.parametrize("id", [7, "seven", 'with "quotes"'])
@pytest.mark.parametrize("modern", [True, False])
def test_the_packed_form_says_what_the_plain_one_says(id: int | str, modern: bool):
    answer = lists().of(MANY, modern=modern)
    packed = answer.packed(id)
    assert packed is not None
    assert gzip.decompress(packed) == answer.plain(id)
    assert json.loads(answer.plain(id))["id"] == id


def test_a_short_list_and_one_with_an_endless_id_are_not_packed():
    prepared = lists()
    assert prepared.of(FEW, modern=True).packed(1) is None
    assert prepared.of(MANY, modern=True).packed("x" * LONGEST_END) is None


async def listed(encoding: str | None, *, tools: tuple[Tool, ...] = MANY) -> httpx2.Response:
    """Ask for a list twice, since the second answer goes the shorter way."""
    async with serving() as served, http(served) as client:
        served.registry.swap({"demo": tools})
        del client.headers["accept-encoding"]
        headers = modern("tools/list") | ({"accept-encoding": encoding} if encoding else {})
        await client.post("/mcp", json=LIST, headers=headers)
        return await client.post("/mcp", json=LIST, headers=headers)


@pytest.mark.parametrize("encoding", ["gzip", "br, GZip;q=0.5", "*", "deflate, gzip ; q=1"])
async def test_a_client_that_takes_gzip_is_sent_the_packed_form(encoding: str):
    answer = await listed(encoding)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) < len(answer.content) / 5
    assert len(answer.json()["result"]["tools"]) == len(MANY)


@pytest.mark.parametrize("encoding", [None, "identity", "gzip;q=0", "*;q=0", "br", "gzip;q=x"])
async def test_any_other_client_is_sent_the_plain_form(encoding: str | None):
    answer = await listed(encoding)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "accept-encoding"
    assert len(answer.json()["result"]["tools"]) == len(MANY)


async def test_a_short_list_is_plain_and_does_not_vary():
    answer = await listed("gzip", tools=FEW)
    assert not {"content-encoding", "vary"} & set(answer.headers)


async def test_a_session_of_an_older_client_is_sent_the_packed_form_too():
    async with serving() as served, http(served) as client, session(client) as headers:
        served.registry.swap({"demo": MANY})
        answer = await client.post("/mcp", json=request("tools/list"), headers=headers)
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.json()["result"]["tools"]) == len(MANY)


async def test_a_stream_that_has_begun_tells_of_the_list_in_plain_text():
    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    packed = lists().of(MANY, modern=True).packed(1)
    assert packed is not None
    response = Response(send)
    await response.pulse()
    await response.finish(200, packed, packed=True)
    text: bytes = sent[-1]["body"]
    told: dict[str, Any] = json.loads(text.partition(b"data: ")[2])
    assert len(told["result"]["tools"]) == len(MANY)
