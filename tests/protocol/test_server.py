"""What the server itself answers for, by whichever door it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from doors.harness import MODERN, call, line_client, request, serving


@pytest.mark.parametrize("meta", [{}, {"_meta": MODERN}])
async def test_a_cursor_that_nobody_gave_out_is_refused(meta: dict[str, Any]):
    async with serving() as served, line_client(served.path) as client:
        if not meta:
            await client.initialize()
        answer = await client.ask(request("tools/list", {"cursor": "page2"} | meta, id=2))
        assert answer["error"]["code"] == -32602


async def test_discover_names_the_server_and_promises_changes():
    async with serving() as served, line_client(served.path) as client:
        answer = await client.ask(request("server/discover", {"_meta": MODERN}))
        result = answer["result"]
        assert result["capabilities"]["tools"] == {"listChanged": True}
        assert result["instructions"] == "Use echo."
        info = result["_meta"]["io.modelcontextprotocol/serverInfo"]
        assert info == {"name": "demo", "version": "1.2.3"}


async def test_what_is_not_foreseen_keeps_its_text_off_the_wire(caplog: pytest.LogCaptureFixture):
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()

        def broken(caller: object) -> Any:
            raise RuntimeError("secret")

        served.endpoint.gateway.tools = broken  # type: ignore[method-assign]
        answer = await client.ask(request("tools/list", id=2))
        assert answer["error"] == {"code": -32603, "message": "Internal server error"}
        assert "secret" in caplog.text


async def test_a_result_of_2026_07_28_says_that_it_is_complete_and_whose_it_is():
    async with serving() as served, line_client(served.path) as client:
        answer = await client.ask(call("demo_echo", _meta=MODERN))
        meta = answer["result"]["_meta"]
        assert answer["result"]["resultType"] == "complete"
        assert meta["micro/generation"] == 3
        assert meta["io.modelcontextprotocol/serverInfo"]["name"] == "demo"


async def test_an_older_result_has_nothing_of_the_newer_protocol():
    async with serving() as served, line_client(served.path) as client:
        await client.initialize()
        answer = await client.ask(call("demo_echo", id=2))
        assert "resultType" not in answer["result"]
        assert set(answer["result"]["_meta"]) == {"micro/trace_id", "micro/generation"}
        listed = await client.ask(request("tools/list", id=3))
        assert set(listed["result"]) == {"tools"}


@pytest.mark.parametrize("name", ["x" * 300, "multi\nline", "‮rtl"])
async def test_a_clients_name_is_clipped(name: str):
    async with serving() as served, line_client(served.path) as client:
        meta = MODERN | {"io.modelcontextprotocol/clientInfo": {"name": name, "version": "1"}}
        await client.ask(call("demo_echo", _meta=meta))
        assert served.started[0].client == name[:100]
