"""Sessions of older clients over HTTP: opened, listened to, cut off, gone on with, ended."""

from __future__ import annotations

import anyio
import pytest

from doors.harness import DEADLINE, INITIALIZE, Served, call, request, serving
from doors.web_client import http, session
from micro.protocol import fasthttp, replay
from protocol.event_reader import ACCEPT, OPENING, listening, posted
from verdicts import http_client, open_shop


async def test_a_session_is_opened_and_ended_with_plain_json():
    async with serving() as served, http(served) as client:
        opened = await client.post("/mcp", json=OPENING, headers=ACCEPT)
        assert opened.json()["result"]["serverInfo"] == {"name": "demo", "version": "1.2.3"}
        headers = ACCEPT | {"mcp-session-id": opened.headers["mcp-session-id"]}
        assert (await client.delete("/mcp", headers=headers)).status_code == 200
        assert (await client.delete("/mcp", headers=headers)).status_code == 404


async def test_where_every_session_is_in_use_a_client_is_told_to_come_back():
    async with serving() as served, http(served) as client:
        served.endpoint.sessions.most = 1
        opened = await client.post("/mcp", json=OPENING, headers=ACCEPT)
        headers = ACCEPT | {"mcp-session-id": opened.headers["mcp-session-id"]}
        async with listening(client, headers):
            for odd in (OPENING, request("initialize", INITIALIZE | {"_meta": {"a": 1}})):
                refused = await client.post("/mcp", json=odd, headers=ACCEPT)
                assert refused.status_code == 503
                assert refused.headers["retry-after"].isdecimal()


async def test_a_session_is_not_found_with_the_token_of_another():
    async with open_shop() as shop:
        tokens = [shop.keys.create(name, ("shop:*",), ttl=None) for name in ("ada", "eve")]
        ada, eve = ({"authorization": f"Bearer {token}"} | ACCEPT for token in tokens)
        async with http_client(shop, "") as client:
            opened = await client.post("/mcp", json=OPENING, headers=ada)
            name = {"mcp-session-id": opened.headers["mcp-session-id"]}
            for method in ("GET", "DELETE", "POST"):
                body = call("shop.echo") if method == "POST" else None
                answer = await client.request(method, "/mcp", json=body, headers=eve | name)
                assert answer.status_code == 404, method
            listed = await client.post("/mcp", json=request("tools/list"), headers=ada | name)
            assert listed.status_code == 200


async def test_a_change_that_was_missed_is_heard_when_the_stream_goes_on():
    async with serving() as served, http(served) as client, session(client) as headers:
        async with listening(client, headers) as reader:
            assert await reader.event() == ""
            served.add_tool("first")
            said = await reader.message()
            assert said["method"] == "notifications/tools/list_changed"
        await let_go(served, headers)
        served.add_tool("second")
        served.add_tool("third")
        async with listening(client, headers, after=reader.last) as again:
            assert await again.event() == ""
            said = await again.message()
            assert said["method"] == "notifications/tools/list_changed"
            assert again.last == "1-2"  # once for both


async def let_go(served: Served, headers: dict[str, str]) -> None:
    """Wait until the server has heard that nobody listens any more."""
    opened = served.endpoint.sessions.find(headers["mcp-session-id"])
    assert opened is not None
    with anyio.fail_after(DEADLINE):
        while opened.is_heard:
            await anyio.lowlevel.checkpoint()


async def test_the_same_on_the_fast_lane_once_a_call_takes_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fasthttp, "EARLY", 0.01)
    async with serving() as served, http(served) as client, session(client) as headers:
        async with posted(client, headers, call("demo_wait", id=7)) as reader:
            assert await reader.event() == ""
        async with listening(client, headers, after=reader.last) as again:
            assert await again.event() == ""
            served.gate.release.set()
            said = await again.message()
            assert said["id"] == 7
            assert said["result"]["content"][0]["text"] == "released"


async def test_what_was_read_already_is_not_said_again():
    async with serving() as served, http(served) as client, session(client) as headers:
        asked = call("demo_count", id=7, _meta={"progressToken": "p"})
        async with posted(client, headers, asked) as reader:
            assert await reader.event() == ""
            first = await reader.message()
            after = reader.last
        assert first["params"]["progress"] == 1
        async with listening(client, headers, after=after) as again:
            assert await again.event() == ""
            said = [await again.message() for _ in range(3)]
        assert [each.get("params", {}).get("progress") for each in said] == [2, 3, None]
        assert said[-1]["id"] == 7


async def test_a_client_of_an_earlier_version_gets_no_event_that_says_nothing():
    async with serving() as served, http(served) as client:
        old = request("initialize", INITIALIZE | {"protocolVersion": "2025-06-18"})
        opened = await client.post("/mcp", json=old, headers=ACCEPT)
        headers = ACCEPT | {"mcp-session-id": opened.headers["mcp-session-id"]}
        asked = call("demo_count", id=7, _meta={"progressToken": "p"})
        async with posted(client, headers, asked) as reader:
            assert (await reader.message())["params"]["progress"] == 1
        async with listening(client, headers, after=reader.last) as again:
            assert (await again.message())["params"]["progress"] == 2


@pytest.mark.parametrize("name", ["9-1", "nonsense", "1"])
async def test_a_stream_of_which_nothing_is_kept_is_a_bad_request(name: str):
    async with serving() as served, http(served) as client, session(client) as headers:
        answer = await client.get("/mcp", headers=headers | {"last-event-id": name})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32600


async def test_what_is_too_old_is_not_said_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "AGE", -1.0)
    async with serving() as served, http(served) as client, session(client) as headers:
        asked = call("demo_count", id=7, _meta={"progressToken": "p"})
        async with posted(client, headers, asked) as reader:
            while await reader.event() is not None:
                pass
        served.endpoint.sessions.sweep()
        answer = await client.get("/mcp", headers=headers | {"last-event-id": "1-0"})
        assert answer.status_code == 400
