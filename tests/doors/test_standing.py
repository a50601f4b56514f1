"""A connection that stays is worth no more than the token that opened it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from doors.harness import DEADLINE, INITIALIZE, MODERN, LineClient, call, line_client, request
from doors.web_client import modern
from micro.gateway.auth import auth as module
from verdicts import Shop, http_client, open_shop

SHORT = 1.0
"""Seconds for which a token is good that is seen to end. It is made once the way is warm: what the
first to come that way waits for would take most of them on a slow machine."""
TEA = call("shop.echo", {"text": "tea"}, _meta=MODERN)


@asynccontextmanager
async def websocket(shop: Shop, token: str) -> AsyncGenerator[ClientConnection]:
    url = shop.url.replace("http", "ws") + "/mcp/ws"
    headers = {"authorization": f"Bearer {token}"}
    async with connect(url, additional_headers=headers, proxy=None) as connection:
        yield connection


@asynccontextmanager
async def stdio(shop: Shop, token: str) -> AsyncGenerator[LineClient]:
    async with line_client(shop.socket, hello=False) as client:
        await client.ask({"micro": 1, "pid": 1, "token": token})
        yield client


def soon_over(shop: Shop) -> str:
    return shop.keys.create("ada", ("shop:*",), ttl=SHORT)


def bearer(token: str) -> str:
    return f"Bearer {token}"


async def asked(connection: ClientConnection, message: dict[str, Any]) -> Any:
    await connection.send(msgspec.json.encode(message).decode())
    return msgspec.json.decode(await connection.recv())


def key_of(token: str) -> str:
    return token.split("_")[1]


async def ends(lines: Any) -> None:
    """Wait for the end of a stream that the server has begun."""
    with anyio.fail_after(DEADLINE):
        async for _ in lines:
            pass


async def closed_by(connection: ClientConnection) -> tuple[int, str]:
    with anyio.fail_after(DEADLINE), pytest.raises(ConnectionClosed) as caught:
        await connection.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_an_idle_websocket_is_closed_when_its_token_expires():
    async with open_shop() as shop:
        async with websocket(shop, shop.token()) as connection:
            assert "result" in await asked(connection, TEA)
        async with websocket(shop, soon_over(shop)) as connection:
            code, reason = await closed_by(connection)
    assert code == 1008
    assert "expired" in reason


async def test_an_idle_websocket_is_closed_soon_after_its_key_was_revoked(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "ASKED_AGAIN", 0.05)
    async with open_shop() as shop:
        token = shop.token()
        async with websocket(shop, token) as connection:
            assert "result" in await asked(connection, TEA)
            shop.keys.revoke(key_of(token))
            assert await closed_by(connection) == (1008, "The key is not valid")


async def test_no_call_passes_on_an_open_websocket_once_its_key_was_revoked():
    async with open_shop() as shop:
        token = shop.token()
        async with websocket(shop, token) as connection:
            assert "result" in await asked(connection, TEA)
            shop.keys.revoke(key_of(token))
            refused = await asked(connection, TEA)
    assert refused["error"]["data"]["kind"] == "unauthenticated"
    assert [record.reason for record in shop.records] == ["", "unauthenticated"]


async def test_a_client_on_lines_is_told_at_its_next_call_that_its_key_was_revoked():
    async with open_shop() as shop:
        token = shop.token()
        async with stdio(shop, token) as client:
            assert "result" in await client.ask(TEA)
            shop.keys.revoke(key_of(token))
            assert "revoked" in (await client.ask(TEA))["error"]["message"]
            listed = await client.ask(request("tools/list", {"_meta": MODERN}))
            assert listed["error"]["data"]["kind"] == "unauthenticated"
    assert [record.reason for record in shop.records] == ["", "unauthenticated"]


async def test_a_client_on_lines_is_told_that_its_token_has_expired():
    async with open_shop() as shop:
        async with stdio(shop, shop.token()) as client:
            assert "result" in await client.ask(TEA)
        async with stdio(shop, soon_over(shop)) as client:
            answer = await client.ask(TEA)
            with anyio.fail_after(DEADLINE):
                while "result" in answer:
                    answer = await client.ask(TEA)
    assert "expired" in answer["error"]["message"]


async def test_the_stream_of_an_older_session_ends_with_the_token_that_opened_it():
    async with open_shop() as shop:
        accept = {"accept": "application/json, text/event-stream"}
        async with http_client(shop, shop.token()) as client:
            hello = await client.post(
                "/mcp", json=request("initialize", INITIALIZE), headers=accept
            )
            session = accept | {"mcp-session-id": hello.headers["mcp-session-id"]}
            done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            await client.post("/mcp", json=done, headers=session)
            session |= {"accept": "text/event-stream", "authorization": bearer(soon_over(shop))}
            async with client.stream("GET", "/mcp", headers=session) as stream:
                assert stream.status_code == 200
                await ends(stream.aiter_raw())


async def test_a_stream_of_changes_ends_with_the_token_that_opened_it():
    async with open_shop() as shop:
        wanted = {"notifications": {"toolsListChanged": True}, "_meta": MODERN}
        message = request("subscriptions/listen", wanted)
        headers = modern("subscriptions/listen")
        async with http_client(shop, shop.token()) as client:
            async with client.stream("POST", "/mcp", json=message, headers=headers) as stream:
                assert stream.status_code == 200
            headers |= {"authorization": bearer(soon_over(shop))}
            async with client.stream("POST", "/mcp", json=message, headers=headers) as stream:
                assert stream.status_code == 200
                await ends(stream.aiter_raw())


async def test_health_tells_strangers_nothing_where_tokens_are_needed():
    async with open_shop() as shop:
        async with http_client(shop, "") as client:
            assert (await client.get("/health")).json() == {"status": "ok"}
        async with http_client(shop, shop.token("poor")) as client:
            found = (await client.get("/health")).json()
            assert (found["name"], found["tools"]) == ("shop", 0)
        async with http_client(shop, shop.token()) as client:
            assert (await client.get("/health")).json()["tools"] == 7
