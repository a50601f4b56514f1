"""What older clients post and the SDK answers: with JSON, or on streams to go on with."""

from __future__ import annotations

import pytest

from doors.harness import INITIALIZE, call, request, serving
from doors.web_client import http, session
from micro.protocol import olderposts
from micro.protocol.messages import ODD_ID
from protocol.event_reader import ACCEPT, listening, posted


async def test_the_result_of_a_call_that_was_cut_off_is_read_when_its_client_comes_back(
    monkeypatch: pytest.MonkeyPatch,
):
    """By the SDK's way: the call may tell its progress."""
    monkeypatch.setattr(olderposts, "SOON", 0.01)
    async with serving() as served, http(served) as client, session(client) as headers:
        asked = call("demo_wait", id=7, _meta={"progressToken": "p"})
        async with posted(client, headers, asked) as reader:
            assert await reader.event() == ""
        served.gate.release.set()
        async with listening(client, headers, after=reader.last) as again:
            assert await again.event() == ""
            assert (await again.message())["result"]["content"][0]["text"] == "released"
            assert await again.event() is None
        assert not served.gate.cancelled.is_set()


async def test_an_answer_that_comes_soon_is_no_stream_though_the_sdk_gives_it():
    async with serving() as served, http(served) as client, session(client) as headers:
        answer = await client.post("/mcp", json=request("prompts/list"), headers=headers)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["result"] == {"prompts": []}


@pytest.mark.parametrize("id", [None, 1.5, True, []])
async def test_a_request_whose_id_is_none_is_refused_and_not_taken_for_a_notification(id: object):
    async with serving() as served, http(served) as client, session(client) as headers:
        body = request("ping") | {"id": id}
        answer = await client.post("/mcp", json=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"] == {"code": -32600, "message": ODD_ID}
        assert answer.json()["id"] is None


async def test_a_client_may_shake_hands_again_in_its_session():
    async with serving() as served, http(served) as client, session(client) as headers:
        other = INITIALIZE | {"clientInfo": {"name": "other", "version": "2"}}
        again = await client.post("/mcp", json=request("initialize", other, id=3), headers=headers)
        assert again.headers["mcp-session-id"] == headers["mcp-session-id"]
        for number in (4, 5):
            body = call("demo_echo", {"text": "x"}, id=number)
            answer = await client.post("/mcp", json=body, headers=headers)
            assert answer.json()["result"]["structuredContent"] == {"text": "x"}
        assert [each.client for each in served.started] == ["other", "other"]


async def test_an_odd_handshake_opens_a_session_too():
    async with serving() as served, http(served) as client:
        icons = [{"src": "https://example.com/i.png"}]
        info = {"clientInfo": {"name": "odd", "version": "1", "icons": icons}}
        odd = request("initialize", INITIALIZE | info)
        opened = await client.post("/mcp", json=odd, headers=ACCEPT)
        headers = ACCEPT | {"mcp-session-id": opened.headers["mcp-session-id"]}
        for number in (1, 2):
            body = call("demo_echo", {"text": "x"}, id=number)
            answer = await client.post("/mcp", json=body, headers=headers)
            assert answer.json()["result"]["structuredContent"] == {"text": "x"}
        assert [each.client for each in served.started] == ["odd", "odd"]


async def test_a_long_handshake_is_the_sdks_to_remember():
    async with serving() as served, http(served) as client:
        long = INITIALIZE | {"capabilities": {"experimental": {"a": {"b": "x" * 10_000}}}}
        opened = await client.post("/mcp", json=request("initialize", long), headers=ACCEPT)
        known = served.endpoint.sessions.find(opened.headers["mcp-session-id"])
        assert known is not None
        assert not known.handshake
        headers = ACCEPT | {"mcp-session-id": known.id}
        listed = await client.post("/mcp", json=request("tools/list"), headers=headers)
        assert len(listed.json()["result"]["tools"]) == 4
