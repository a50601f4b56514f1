"""The HTTP door through real clients of both eras, and its checks through plain requests."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp_types import TextContent
from starlette.applications import Starlette
from starlette.routing import Mount

from doors.harness import (
    DEADLINE,
    INITIALIZE,
    MODERN,
    Gate,
    Served,
    call,
    make_endpoint,
    request,
    serving,
)
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.events import ClientConnected, ClientDisconnected, EventBus

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
PATHS = ("/mcp", "/health", "/mcp/tools", "/mcp/call", "/nowhere")
LIMIT = 4 * 1024 * 1024
TRACE = "0af7651916cd43dd8448eb211c80319c"


@asynccontextmanager
async def http(served: Served) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=served.url, timeout=DEADLINE, trust_env=False) as client:
        yield client


async def raw_http(
    served: Served, target: str, *, headers: dict[str, str], body: bytes = b""
) -> bytes:
    """Send what no HTTP client would, and give all that comes back."""
    fields = {"host": "localhost", "connection": "close", "content-type": "application/json"}
    fields |= headers | {"content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    port = int(served.url.rpartition(":")[2])
    answer = b""
    with anyio.fail_after(DEADLINE):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(f"{target} HTTP/1.1\r\n{head}\r\n".encode() + body)
            async for chunk in stream:
                answer += chunk
    return answer


def modern(method: str, name: str = "") -> dict[str, str]:
    """The headers that a client of 2026-07-28 sends."""
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
    }
    return headers | ({"mcp-name": name} if name else {})


@ERAS
async def test_a_client_lists_and_calls_tools(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == [
            "demo_count",
            "demo_echo",
            "demo_fail",
            "demo_wait",
        ]
        result = await client.call_tool("demo_echo", {"text": "hello"})
        assert result.structured_content == {"text": "hello"}
        assert not result.is_error


@ERAS
async def test_a_canonical_name_is_accepted_in_a_call(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo.echo", {"text": "x"})
        assert result.structured_content == {"text": "x"}


@ERAS
async def test_a_failed_tool_is_a_result_that_the_model_reads(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_fail", {})
        assert result.is_error
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "the stock is empty"


@ERAS
async def test_an_unknown_tool_is_a_protocol_error_that_suggests_a_name(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        with pytest.raises(MCPError, match="Did you mean `demo_echo`") as caught:
            await client.call_tool("demo_ecco", {})
        assert caught.value.code == -32602
        assert caught.value.data["micro/trace_id"] == served.started[0].trace_id


@ERAS
async def test_a_call_is_recorded_with_its_door_and_client(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        await client.call_tool("demo_echo", {"text": "x"})
        (started,) = served.started
        assert (started.door, started.client) == ("http", "mcp")
        assert started.arguments == '{"text":"x"}'


@ERAS
async def test_the_result_carries_the_trace_id_and_the_generation(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_echo", {})
        assert result.meta is not None
        assert result.meta["micro/trace_id"] == served.started[0].trace_id
        assert result.meta["micro/generation"] == 3


@ERAS
async def test_a_traceparent_in_meta_is_continued(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        meta: Any = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        await client.call_tool("demo_echo", {}, meta=meta)
        assert served.started[0].trace_id == TRACE


async def test_a_traceparent_header_is_continued():
    async with serving() as served, http(served) as client:
        headers = modern("tools/call", "demo_echo")
        headers["traceparent"] = f"00-{TRACE}-b7ad6b7169203331-01"
        answer = await client.post("/mcp", json=call("demo_echo", _meta=MODERN), headers=headers)
        assert answer.json()["result"]["_meta"]["micro/trace_id"] == TRACE


@ERAS
async def test_progress_reaches_a_client_that_asked(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        seen: list[tuple[float, float | None, str | None]] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen.append((progress, total, message))

        result = await client.call_tool("demo_count", {}, progress_callback=note)
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "asked: True"
        assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


@ERAS
async def test_a_client_that_asked_for_no_progress_gets_none(mode: str):
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        result = await client.call_tool("demo_count", {})
        assert isinstance(result.content[0], TextContent)
        assert result.content[0].text == "asked: False"


async def test_a_disconnect_cancels_the_call_at_2026_07_28():
    async with serving() as served:
        async with http(served) as client:
            with anyio.move_on_after(DEADLINE) as scope:
                async with anyio.create_task_group() as tasks:

                    async def post() -> None:
                        body = call("demo_wait", _meta=MODERN)
                        headers = modern("tools/call", "demo_wait")
                        await client.post("/mcp", json=body, headers=headers)

                    tasks.start_soon(post)
                    await served.gate.entered.wait()
                    tasks.cancel_scope.cancel()
            assert not scope.cancelled_caught
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        await served.until(lambda: served.finished)
        assert served.finished[0].outcome == "cancelled"


async def test_listeners_of_2026_07_28_hear_that_the_list_changed():
    async with serving() as served, Client(served.mcp) as client:
        async with client.listen(tools_list_changed=True) as events:
            served.add_tool("more")
            with anyio.fail_after(DEADLINE):
                await anext(aiter(events))
        listed = await client.list_tools()
        assert "demo_more" in [tool.name for tool in listed.tools]


async def test_sessions_of_older_clients_hear_that_the_list_changed():
    heard = anyio.Event()

    async def handle(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            heard.set()

    async with (
        serving() as served,
        Client(served.mcp, mode="legacy", message_handler=handle) as client,
    ):
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.tools.list_changed
        with anyio.fail_after(DEADLINE):
            number = 0
            while not heard.is_set():  # until the client's GET stream is there
                number += 1
                served.add_tool(f"more{number}")
                with anyio.move_on_after(0.2):
                    await heard.wait()


async def test_a_session_is_told_to_the_bus_from_handshake_to_end():
    async with serving() as served:
        async with Client(served.mcp, mode="legacy") as client:
            await client.list_tools()
            (connected,) = [e for e in served.events if isinstance(e, ClientConnected)]
            assert (connected.door, connected.client) == ("http", "mcp")
        await served.until(lambda: ClientDisconnected in map(type, served.events))


async def test_twenty_clients_at_once_each_get_their_own_answers():
    async with serving() as served:

        async def use(number: int) -> None:
            async with Client(served.mcp, mode="legacy" if number % 2 else "auto") as client:
                for turn in range(3):
                    text = f"{number}-{turn}"
                    result = await client.call_tool("demo_echo", {"text": text})
                    assert result.structured_content == {"text": text}

        with anyio.fail_after(50):
            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(use, number)
        assert len(served.finished) == 60


async def test_blanks_round_a_routing_header_are_no_mismatch():
    async with serving() as served:
        headers = modern("tools/call", "demo_echo \t ")
        body = json.dumps(call("demo_echo", _meta=MODERN)).encode()
        answer = await raw_http(served, "POST /mcp", headers=headers, body=body)
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_junk_json_is_a_parse_error_with_a_null_id():
    async with serving() as served, http(served) as client:
        headers = modern("tools/call") | {"content-type": "application/json"}
        answer = await client.post("/mcp", content=b'{"jsonrpc": "2.0", ', headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32700
        assert answer.json()["id"] is None


async def test_an_unknown_path_is_answered_with_the_paths_there_are():
    async with serving() as served, http(served) as client:
        answer = await client.get("/tools")
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["kind"] == "unknown_path"
        assert "/mcp/call" in error["mend"]


async def test_a_wrong_method_is_answered_with_the_right_one():
    async with serving() as served, http(served) as client:
        answer = await client.get("/mcp/call")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_health_says_who_answers():
    async with serving() as served, http(served) as client:
        answer = await client.get("/health")
        assert answer.json() == {"status": "ok", "name": "demo", "version": "1.2.3", "tools": 4}
        assert "server" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "", "[::1", "a b"])
async def test_a_foreign_host_is_refused_on_every_path(host: str):
    async with serving() as served:
        for path in PATHS:
            answer = await raw_http(served, f"GET {path}", headers={"host": host})
            assert answer.startswith(b"HTTP/1.1 421 ")
            assert b'"bad_host"' in answer


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
async def test_a_foreign_origin_is_refused_on_every_path(origin: str):
    async with serving() as served, http(served) as client:
        for path in PATHS:
            answer = await client.request("GET", path, headers={"origin": origin})
            assert answer.status_code == 403
            assert answer.json()["error"]["kind"] == "bad_origin"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:99", "LOCALHOST:3000"])
async def test_loopback_names_are_ours_with_and_without_a_port(host: str):
    async with serving() as served, http(served) as client:
        headers = {"host": host, "origin": "http://localhost:5173"}
        answer = await client.get("/health", headers=headers)
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/mcp", "/mcp/call", "/mcp/call/demo/echo"])
async def test_a_body_that_declares_too_much_is_refused(path: str):
    async with serving() as served, http(served) as client:
        answer = await client.post(path, content=b"x" * (LIMIT + 1))
        assert answer.status_code == 413
        assert answer.json()["error"]["kind"] == "body_too_large"


async def test_a_chunked_body_that_grows_too_large_is_refused():
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(5):
            yield b"x" * 1024 * 1024

    async with serving() as served, http(served) as client:
        answer = await client.post("/mcp", content=chunks())
        assert answer.status_code == 413


async def test_a_chunked_message_is_put_together():
    async def chunks() -> AsyncGenerator[bytes]:
        yield b'{"tool": "demo.echo", '
        yield b'"input": {"text": "whole"}}'

    async with serving() as served, http(served) as client:
        answer = await client.post("/mcp/call", content=chunks())
        assert answer.json()["result"] == {"text": "whole"}


@pytest.mark.parametrize("second", [7, "7"])
async def test_a_request_id_in_flight_is_refused_a_second_time_in_its_session(second: int | str):
    async with serving() as served, http(served) as client:
        headers = {"accept": "application/json, text/event-stream"}
        opened = await client.post("/mcp", json=request("initialize", INITIALIZE), headers=headers)
        headers["mcp-session-id"] = opened.headers["mcp-session-id"]
        started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await client.post("/mcp", json=started, headers=headers)
        answers: list[httpx2.Response] = []

        async def wait() -> None:
            body = call("demo_wait", id=7)
            answers.append(await client.post("/mcp", json=body, headers=headers))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await served.gate.entered.wait()
            refused = await client.post(
                "/mcp", json=request("ping") | {"id": second}, headers=headers
            )
            served.gate.release.set()
        assert refused.status_code == 400
        assert refused.json()["error"]["kind"] == "request_id_in_use"
        assert "released" in answers[0].text
        again = await client.post("/mcp", json=request("ping", id=7), headers=headers)
        assert again.status_code == 200


async def test_stopping_ends_open_streams_at_once():
    async with serving() as served, http(served) as client:
        headers = {"accept": "application/json, text/event-stream"}
        opened = await client.post("/mcp", json=request("initialize", INITIALIZE), headers=headers)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        with anyio.fail_after(DEADLINE):
            async with client.stream(
                "GET", "/mcp", headers={"accept": "text/event-stream"} | session
            ) as stream:
                assert stream.status_code == 200
                served.app.end_streams()
                assert [chunk async for chunk in stream.aiter_bytes()] == []


async def test_a_mounted_application_serves_below_its_prefix():
    _, endpoint = make_endpoint(EventBus(), Gate())
    app = HttpApp(endpoint, access=Access("api.example"))
    outer = Starlette(routes=[Mount("/agents", app)], lifespan=app.lifespan)
    transport = httpx2.ASGITransport(outer)
    async with (
        outer.router.lifespan_context(outer),
        httpx2.AsyncClient(transport=transport, base_url="http://api.example") as client,
    ):
        answer = await client.post("/agents/mcp/call/demo/echo", json={"text": "in"})
        assert answer.json()["result"] == {"text": "in"}


async def test_a_mounted_application_that_nobody_started_says_how_to():
    _, endpoint = make_endpoint(EventBus(), Gate())
    transport = httpx2.ASGITransport(HttpApp(endpoint))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert "app.lifespan" in answer.json()["error"]["mend"]
