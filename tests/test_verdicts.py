"""The matrix: whatever door a call comes by, one verdict, one text, one audit record."""

from __future__ import annotations

import re
from typing import NamedTuple

import anyio
import pytest

from calling import until
from doors.harness import DEADLINE, INITIALIZE, MODERN, call, request
from doors.web_client import modern
from micro.snapshots import AuditRecord
from verdicts import (
    ASKS_NO_TOKEN,
    DOORS,
    ISSUER,
    Answer,
    Shop,
    by_rest,
    http_client,
    open_shop,
)


class Case(NamedTuple):
    """``reason`` is what the record says; ``status`` is that of HTTP, where it is the door's."""

    tool: str
    outcome: str
    reason: str
    text: str
    token: str = "good"
    calls: int = 1
    given: object = "tea"
    status: int = 200
    rest: int = 200
    retryable: bool = False


CASES = {
    "ok": Case("shop.echo", "ok", "", "tea"),
    "ok by a JWT": Case("shop.echo", "ok", "", "tea", token="jwt"),
    "no token": Case(
        "shop.echo", "refused", "unauthenticated", "There is no token", "none", status=401, rest=401
    ),
    "bad token": Case(
        "shop.echo", "refused", "unauthenticated", "key is not valid", "bad", status=401, rest=401
    ),
    "expired token": Case(
        "shop.echo", "refused", "unauthenticated", "has expired", "expired", status=401, rest=401
    ),
    "wrong audience": Case(
        "shop.echo",
        "refused",
        "unauthenticated",
        "not valid",
        "wrong audience",
        status=401,
        rest=401,
    ),
    "missing scope": Case(
        "shop.echo", "refused", "insufficient_scope", "shop:read", "poor", status=403, rest=403
    ),
    "limited": Case(
        "shop.limited",
        "refused",
        "rate_limited",
        "rate limit of tool",
        calls=2,
        rest=429,
        retryable=True,
    ),
    "breaker open": Case(
        "shop.down", "refused", "circuit_open", "failed 1 times", calls=2, rest=503, retryable=True
    ),
    "bad input": Case("shop.echo", "error", "bad_arguments", "text", given=5, rest=422),
    "unknown tool": Case(
        "shop.nowhere", "refused", "unknown_tool", "There is no tool", status=400, rest=404
    ),
    "tool refused": Case(
        "shop.refuse", "error", "tool_error", "no tea left", rest=500, retryable=True
    ),
    "tool raised": Case("shop.down", "error", "exception", "failed unexpectedly", rest=500),
    "deadline": Case(
        "shop.slow", "error", "timeout", "did not finish in time", rest=504, retryable=True
    ),
}


def shown(text: str) -> str:
    """Leave out what is each call's own: its trace id, and the time that goes by."""
    text = re.sub(r"[0-9a-f]{32}", "TRACE", text)
    return re.sub(r"[0-9.]+ s\b", "N s", text)


async def said_by(door: str, case: Case) -> tuple[Answer, list[AuditRecord]]:
    async with open_shop() as shop:
        token = shop.token(case.token)
        answer = None
        for _ in range(case.calls):
            answer = await DOORS[door](shop, token, case.tool, {"text": case.given})
    assert answer is not None
    return answer, shop.records


def recorded_as(door: str, case: Case) -> str:
    """Give what is on record: where a stranger comes no further, that it was not let in."""
    stays_open = door in ("websocket", "sse")
    return "micro.connect" if stays_open and case.reason == "unauthenticated" else case.tool


@pytest.mark.parametrize("name", CASES)
async def test_every_door_gives_the_same_verdict_in_the_same_words_and_one_record(name: str):
    case = CASES[name]
    of_tokens = case.reason == "unauthenticated" or case.token == "jwt"
    doors = [door for door in DOORS if not (of_tokens and door in ASKS_NO_TOKEN)]
    said = {door: await said_by(door, case) for door in doors}
    required: set[tuple[str, ...]] = set()
    for door, (answer, records) in said.items():
        assert case.text in answer.text, door
        assert answer.kind == (case.reason or "ok"), door
        assert answer.retryable is case.retryable, door
        later = case.retryable and case.outcome == "refused"
        assert (answer.retry_after is not None and answer.retry_after > 0) is later, door
        assert len(records) == case.calls, door
        for record in records[-1:]:
            assert (record.outcome, record.reason) == (case.outcome, case.reason), door
            assert record.door == {"older http": "http"}.get(door, door)
            assert record.tool == recorded_as(door, case)
            assert record.subject == ("" if case.reason == "unauthenticated" else "ada")
            if record.tool == case.tool:
                required.add(record.scopes_required)
    assert len({shown(answer.text) for answer, _ in said.values()}) == 1
    assert len(required) == 1
    assert said["rest"][0].status == case.rest
    assert said["http"][0].status == case.status
    if case.reason != "unknown_tool":
        assert said["older http"][0].status == case.status


@pytest.mark.parametrize("lane", ["plain", "with progress"])
async def test_a_client_says_how_long_it_waits_for_a_call(lane: str):
    arguments = {"text": "tea"}
    async with open_shop() as shop, http_client(shop, shop.token()) as client:
        rest = await client.post(
            "/mcp/call/shop/busy", json=arguments, headers={"mcp-timeout-ms": "20"}
        )
        meta = MODERN | {"micro/timeout_ms": 20} | ({"progressToken": 1} if lane != "plain" else {})
        message = call("shop.busy", arguments, _meta=meta)
        headers = modern("tools/call", "shop.busy")
        answer = await client.post("/mcp", json=message, headers=headers)
    assert (rest.status_code, rest.json()["error"]["kind"]) == (504, "timeout")
    assert "did not finish in time" in answer.text
    assert [record.reason for record in shop.records] == ["timeout", "timeout"]


@pytest.mark.parametrize("door", DOORS)
async def test_a_call_that_finds_the_queue_full_is_told_so(door: str):
    async with open_shop() as shop, anyio.create_task_group() as tasks:
        token = shop.token()
        tasks.start_soon(by_rest, shop, token, "shop.busy", {"text": "tea"})
        await shop.gate.entered.wait()
        answer = await DOORS[door](shop, token, "shop.busy", {"text": "tea"})
        shop.gate.release.set()
    assert (answer.kind, answer.retryable, answer.retry_after) == ("queue_full", True, 1.0)
    assert sorted(record.reason for record in shop.records) == ["", "queue_full"]


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("door", DOORS)
async def test_a_call_that_waits_for_approval_ends_as_it_is_decided(door: str, allowed: bool):
    answers: list[Answer] = []

    async def ask(shop: Shop) -> None:
        token = shop.token()
        answers.append(await DOORS[door](shop, token, "shop.careful", {"text": "tea"}))

    async with open_shop() as shop, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, shop)
        await until(shop.runtime.bus, lambda: shop.runtime.approvals.waiting)
        (view,) = shop.runtime.snapshot().approvals
        shop.runtime.decide(view.call, allowed=allowed, by="grace")
    (answer,), (record,) = answers, shop.records
    assert answer.kind == ("ok" if allowed else "approval_denied")
    assert ("tea" if allowed else "it was denied") in answer.text
    assert record.decided_by == "grace"


@pytest.mark.parametrize("door", [door for door in DOORS if door != "older http"])
async def test_a_client_that_goes_away_leaves_one_record_of_a_cancelled_call(door: str):
    async with open_shop() as shop:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(DOORS[door], shop, shop.token(), "shop.busy", {"text": "tea"})
            await shop.gate.entered.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(DEADLINE):
            while not shop.records:
                await anyio.lowlevel.checkpoint()
    assert [record.outcome for record in shop.records] == ["cancelled"]


async def test_an_older_client_over_http_cancels_by_saying_so_and_leaves_one_record():
    accept = {"accept": "application/json, text/event-stream"}
    async with open_shop() as shop, http_client(shop, shop.token()) as client:
        hello = await client.post("/mcp", json=request("initialize", INITIALIZE), headers=accept)
        session = accept | {"mcp-session-id": hello.headers["mcp-session-id"]}
        done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await client.post("/mcp", json=done, headers=session)
        async with anyio.create_task_group() as tasks:

            async def ask() -> None:
                busy = call("shop.busy", {"text": "tea"}, id=7)
                answer = await client.post("/mcp", json=busy, headers=session)
                assert "cancelled" in answer.text

            tasks.start_soon(ask)
            await shop.gate.entered.wait()
            params = {"requestId": 7}
            note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
            await client.post("/mcp", json=note, headers=session)
    assert [record.outcome for record in shop.records] == ["cancelled"]


@pytest.mark.parametrize("door", ["rest", "http"])
async def test_a_refusal_says_in_its_headers_what_it_takes(door: str):
    async with open_shop(issuers=(ISSUER,)) as shop:
        ask, arguments = DOORS[door], {"text": "tea"}
        none = (await ask(shop, "", "shop.echo", arguments)).headers["www-authenticate"]
        bad = (await ask(shop, "no", "shop.echo", arguments)).headers["www-authenticate"]
        poor = await ask(shop, shop.token("poor"), "shop.echo", arguments)
    where = f'resource_metadata="{shop.url}/.well-known/oauth-protected-resource"'
    assert none == f'Bearer realm="micro", {where}'
    assert 'error="invalid_token"' in bad
    assert 'error="insufficient_scope", scope="shop:read"' in poor.headers["www-authenticate"]
    assert where in poor.headers["www-authenticate"]


async def test_a_limit_says_in_its_headers_what_is_left_and_when_to_come_again():
    async with open_shop() as shop:
        token = shop.token()
        first = await by_rest(shop, token, "shop.limited", {"text": "tea"})
        second = await by_rest(shop, token, "shop.limited", {"text": "tea"})
    assert first.headers["ratelimit-remaining"] == "0"
    assert 3500 < int(second.headers["retry-after"]) <= 3600


async def test_lists_and_streams_are_refused_to_strangers_too():
    async with open_shop() as shop:
        async with http_client(shop, "") as client:
            for path in ("/mcp/tools", "/mcp"):
                answer = await client.get(path, headers={"accept": "text/event-stream"})
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"].startswith("Bearer")
            assert (await client.delete("/mcp")).status_code == 401
            assert (await client.get("/health")).status_code == 200
        async with http_client(shop, shop.token("poor")) as client:
            assert (await client.get("/mcp/tools")).json() == {"tools": []}
    assert [(r.tool, r.outcome) for r in shop.records] == [("micro.connect", "refused")]


async def test_a_token_in_the_url_or_sent_twice_is_not_taken():
    async with open_shop() as shop:
        token = shop.token()
        async with http_client(shop, "") as client:
            answer = await client.get(f"/mcp/tools?access_token={token}&token={token}")
            assert answer.status_code == 401
            twice = [("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")]
            assert (await client.get("/mcp/tools", headers=twice)).status_code == 401
            basic = {"authorization": f"Basic {token}"}
            assert (await client.get("/mcp/tools", headers=basic)).status_code == 401


async def test_the_metadata_names_the_authorization_server_and_the_scopes():
    async with open_shop(issuers=(ISSUER,)) as shop, http_client(shop, "") as client:
        for path in ("", "/mcp"):
            answer = await client.get(f"/.well-known/oauth-protected-resource{path}")
            assert answer.json() == {
                "resource": f"{shop.url}/mcp",
                "authorization_servers": [ISSUER],
                "bearer_methods_supported": ["header"],
                "scopes_supported": ["shop:read"],
            }


async def test_an_older_session_is_its_owners_alone():
    accept = {"accept": "application/json, text/event-stream"}
    async with open_shop() as shop:
        async with http_client(shop, shop.token()) as ada:
            hello = await ada.post("/mcp", json=request("initialize", INITIALIZE), headers=accept)
            session = accept | {"mcp-session-id": hello.headers["mcp-session-id"]}
            assert (
                await ada.post("/mcp", json=request("ping"), headers=session)
            ).status_code == 200
        bob = shop.keys.create("bob", ("*",), ttl=None)
        async with http_client(shop, bob) as client:
            taken = await client.post("/mcp", json=request("ping"), headers=session)
            assert taken.status_code == 404
            call_it = call("shop.echo", {"text": "tea"})
            assert (await client.post("/mcp", json=call_it, headers=session)).status_code == 404
    assert not shop.records


async def test_there_is_no_metadata_where_there_is_no_authorization_server():
    async with open_shop() as shop, http_client(shop, "") as client:
        answer = await client.get("/.well-known/oauth-protected-resource")
        assert answer.status_code == 404
