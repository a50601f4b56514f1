"""Who is not let in where something would stay open is in the audit log, however often it comes."""

from __future__ import annotations

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from calling import CALLER
from clocks import Clock
from doors.harness import MODERN, request
from doors.web_client import modern
from micro.errors import Unauthenticated
from micro.gateway.openings import LIMIT, Openings
from micro.snapshots import AuditRecord
from verdicts import Shop, http_client, open_shop


async def open_websocket(shop: Shop) -> None:
    url = shop.url.replace("http", "ws") + "/mcp/ws"
    with pytest.raises(InvalidStatus, match="401"):
        async with connect(url, proxy=None):
            pass


async def open_sse(shop: Shop) -> None:
    async with http_client(shop, "") as client:
        assert (await client.get("/mcp/sse")).status_code == 401


async def open_stream(shop: Shop) -> None:
    async with http_client(shop, "") as client:
        headers = {"accept": "text/event-stream", "mcp-session-id": "x"}
        assert (await client.get("/mcp", headers=headers)).status_code == 401


async def listen(shop: Shop) -> None:
    headers = modern("subscriptions/listen") | {"content-type": "application/json"}
    body = request("subscriptions/listen", {"notifications": {}, "_meta": MODERN})
    async with http_client(shop, "") as client:
        answer = await client.post(
            "/mcp",
            content=msgspec.json.encode(body),
            headers=headers,
        )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("attempt", "door"),
    [(open_websocket, "websocket"), (open_sse, "sse"), (open_stream, "http"), (listen, "http")],
)
async def test_each_refused_opening_is_one_record(attempt: object, door: str) -> None:
    assert callable(attempt)
    async with open_shop() as shop:
        await attempt(shop)
        told = [(r.tool, r.door, r.subject, r.outcome, r.reason) for r in shop.records]
    assert told == [("micro.connect", door, "", "refused", "unauthenticated")]


async def test_a_flood_is_counted_and_does_not_fill_the_log() -> None:
    records: list[AuditRecord] = []
    clock = Clock()

    async def write(record: AuditRecord) -> bool:
        records.append(record)
        return True

    openings = Openings(write, clock=clock.nanoseconds)
    for _ in range(1_000):
        await openings.refused(CALLER, "websocket", Unauthenticated("who is it?"))
    assert len(records) == LIMIT.capacity
    clock.advance(1)
    await openings.refused(CALLER, "websocket", Unauthenticated("who is it?"))
    missed = 1_000 - LIMIT.capacity
    assert records[-1].reason == f"unauthenticated; {missed} more before it have no record"
