"""MCP over WebSockets, through a real client: both eras, progress, cancelling, who is let in."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from doors.harness import DEADLINE, INITIALIZE, MODERN, Served, call, request, serving
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.events import ClientConnected, ClientDisconnected
from micro.gateway.auth.auth import Identity
from micro.gateway.auth.plug import auth_of
from micro.protocol.endpoint import MESSAGE_LIMIT


class Peer:
    """A client that speaks JSON by hand."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            await self.connection.send(json.dumps(message))

    async def read(self) -> Any:
        with anyio.fail_after(DEADLINE):
            frame = await self.connection.recv()
        assert isinstance(frame, str)
        return json.loads(frame)

    async def ask(self, message: dict[str, Any]) -> Any:
        await self.send(message)
        return await self.read()

    async def initialize(self) -> Any:
        answer = await self.ask(request("initialize", INITIALIZE))
        await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer


@asynccontextmanager
async def peer(url: str, path: str = "/mcp/ws", **options: Any) -> AsyncGenerator[Peer]:
    options = {"subprotocols": [Subprotocol("mcp")], "proxy": None} | options
    async with connect(url.replace("http", "ws") + path, **options) as connection:
        yield Peer(connection)


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[Served, Peer]]:
    async with serving() as served, peer(served.url) as client:
        yield served, client


async def test_a_client_of_2026_07_28_discovers_lists_and_calls():
    async with connected() as (served, client):
        assert client.connection.subprotocol == "mcp"
        found = await client.ask(request("server/discover", {"_meta": MODERN}))
        assert found["result"]["supportedVersions"] == ["2026-07-28"]
        listed = await client.ask(request("tools/list", {"_meta": MODERN}))
        assert len(listed["result"]["tools"]) == 4
        answer = await client.ask(call("demo_echo", {"text": "hé"}, _meta=MODERN))
        assert answer["result"]["structuredContent"] == {"text": "hé"}
        assert (served.started[0].door, served.started[0].client) == ("websocket", "modern-hand")


async def test_an_older_client_shakes_hands_calls_and_hears_of_changes():
    async with connected() as (served, client):
        assert (await client.initialize())["result"]["protocolVersion"] == "2025-11-25"
        answer = await client.ask(call("demo_echo", {"text": "x"}, id=2))
        assert answer["result"]["structuredContent"] == {"text": "x"}
        served.add_tool("more")
        assert (await client.read())["method"] == "notifications/tools/list_changed"


async def test_progress_comes_while_the_call_runs():
    async with connected() as (_, client):
        await client.send(call("demo_count", id=3, _meta=MODERN | {"progressToken": "p"}))
        said = [await client.read() for _ in range(4)]
        assert [each.get("method") for each in said[:3]] == ["notifications/progress"] * 3
        assert said[3]["id"] == 3


@pytest.mark.parametrize("modern", [True, False])
async def test_a_cancelled_call_is_not_answered_and_others_are(modern: bool):
    async with connected() as (served, client):
        if not modern:
            await client.initialize()
        meta = {"_meta": MODERN} if modern else {}
        await client.send(call("demo_wait", id=2, **meta))
        await served.gate.entered.wait()
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
        await client.send(cancel)
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        assert (await client.ask(call("demo_echo", id=3, **meta)))["id"] == 3


async def test_a_client_that_leaves_cancels_its_calls():
    async with connected() as (served, client):
        await client.send(call("demo_wait", _meta=MODERN))
        await served.gate.entered.wait()
        await client.connection.close()
        with anyio.fail_after(DEADLINE):
            await served.gate.cancelled.wait()
        await served.until(lambda: ClientDisconnected in map(type, served.events))
        doors = [event.door for event in served.events if isinstance(event, ClientConnected)]
        assert set(doors) == {"websocket"}


@pytest.mark.parametrize("frame", ["{", "[]", '"text"', b"\xff\xfe", "\ud7ff{"])
async def test_a_frame_that_is_no_message_is_answered_and_the_connection_lives(frame: Any):
    async with connected() as (_, client):
        await client.connection.send(frame)
        answer = await client.read()
        assert (answer["id"], answer["error"]["code"]) in [(None, -32700), (None, -32600)]
        assert (await client.ask(call("demo_echo", id=4, _meta=MODERN)))["id"] == 4


async def test_a_frame_of_bytes_is_a_message_too():
    async with connected() as (_, client):
        await client.connection.send(json.dumps(call("demo_echo", _meta=MODERN)).encode())
        assert (await client.read())["result"]["isError"] is False


async def test_a_frame_that_is_too_long_ends_the_connection_and_no_other():
    async with connected() as (served, client), peer(served.url) as other:
        with anyio.fail_after(DEADLINE), pytest.raises(ConnectionClosed) as caught:
            await client.connection.send("x" * (MESSAGE_LIMIT + 1))
            await client.connection.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
        assert (await other.ask(call("demo_echo", id=4, _meta=MODERN)))["id"] == 4


async def test_a_client_that_offers_no_subprotocol_is_served():
    async with serving() as served, peer(served.url, subprotocols=None) as client:
        assert client.connection.subprotocol is None
        assert (await client.initialize())["id"] == 1


@pytest.mark.parametrize(
    ("path", "options", "status", "kind"),
    [
        ("/mcp/ws", {"origin": Origin("https://evil.example")}, 403, "bad_origin"),
        ("/mcp/ws", {"origin": Origin("null")}, 403, "bad_origin"),
        ("/mcp", {}, 404, "unknown_path"),
        ("/mcp/ws", {"subprotocols": [Subprotocol("graphql-ws")]}, 400, "wrong_subprotocol"),
    ],
)
async def test_who_has_no_business_here_is_told_why(
    path: str, options: dict[str, Any], status: int, kind: str
):
    async with serving() as served:
        with pytest.raises(InvalidStatus) as caught:
            async with peer(served.url, path, **options):
                pass
        assert caught.value.response.status_code == status
        assert json.loads(caught.value.response.body or b"")["error"]["kind"] == kind
        assert ClientConnected not in map(type, served.events)


def who(token: str) -> Identity | None:
    return Identity(subject="ada", scopes=("demo:read",)) if token == "good" else None


@asynccontextmanager
async def guarded() -> AsyncGenerator[tuple[Served, str]]:
    """Serve on a second address where everyone needs a token."""
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        app = HttpApp(served.endpoint, auth=auth_of(who))
        await tasks.start(serve_web, app, [sock])
        yield served, address_of(sock).url
        tasks.cancel_scope.cancel()


async def test_a_token_at_the_upgrade_says_who_calls():
    async with guarded() as (served, url):
        headers = {"authorization": "Bearer good"}
        async with peer(url, additional_headers=headers) as client:
            await client.ask(call("demo_echo", _meta=MODERN))
        assert served.started[0].subject == "ada"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer bad"}])
async def test_nobody_is_let_in_without_a_good_token(headers: dict[str, str]):
    async with guarded() as (_, url):
        with pytest.raises(InvalidStatus) as caught:
            async with peer(url, additional_headers=headers):
                pass
        assert caught.value.response.status_code == 401
        assert "Bearer" in caught.value.response.headers["www-authenticate"]


async def test_a_server_that_stops_says_so_and_cancels_what_runs():
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        await tasks.start(serve_web, HttpApp(served.endpoint), [sock])
        async with peer(address_of(sock).url) as client:
            await client.send(call("demo_wait", _meta=MODERN))
            await served.gate.entered.wait()
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                with pytest.raises(ConnectionClosed) as caught:
                    await client.read()
                assert caught.value.rcvd is not None
                assert caught.value.rcvd.code == 1012
                with anyio.fail_after(DEADLINE):
                    await served.gate.cancelled.wait()


async def test_twenty_clients_at_once_each_get_their_own_answers():
    async with serving() as served:

        async def use(number: int) -> None:
            async with peer(served.url) as client:
                texts = [f"{number}-{turn}" for turn in range(10)]
                await client.send(
                    *[call("demo_echo", {"text": text}, _meta=MODERN) for text in texts]
                )
                answers = [await client.read() for _ in texts]
                assert {a["result"]["structuredContent"]["text"] for a in answers} == set(texts)

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(use, number)
