"""The SDK's end of a session: it ends with the session, and the session with it."""

from __future__ import annotations

import anyio
import pytest

from doors.harness import DEADLINE, call, request, serving
from doors.web_client import http, session
from micro.protocol import olderposts
from protocol.event_reader import listening, posted


async def test_the_end_of_a_session_ends_its_streams_and_calls(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(olderposts, "SOON", 0.01)
    async with serving() as served, http(served) as client, session(client) as headers:
        asked = call("demo_wait", id=7, _meta={"progressToken": "p"})
        async with listening(client, headers) as news, posted(client, headers, asked) as answers:
            assert (await news.event(), await answers.event()) == ("", "")
            await client.delete("/mcp", headers=headers)
            assert await news.event() is None
            assert await answers.event() is None
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()


async def test_a_session_whose_end_at_the_sdk_is_gone_is_not_found_any_more():
    async with serving() as served, http(served) as client, session(client) as headers:
        await client.post("/mcp", json=request("prompts/list"), headers=headers)
        opened = served.endpoint.sessions.find(headers["mcp-session-id"])
        assert opened is not None
        assert opened.sdk is not None
        opened.sdk.cancel()
        answer = await client.post("/mcp", json=request("prompts/list", id=2), headers=headers)
        assert answer.status_code == 404
        assert not len(served.endpoint.sessions)
