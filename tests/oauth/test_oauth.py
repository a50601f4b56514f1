"""OAuth from end to end: a real authorization server, the official client, and this server."""

from __future__ import annotations

import base64
from collections.abc import Generator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from micro.gateway.auth import jwks
from oauth.authority import (
    Person,
    Served,
    Storage,
    authority,
    by_code,
    by_secret,
    project,
    revoke,
    token_for,
)
from patience import DEADLINE
from ports import free_port

ELSEWHERE = "http://127.0.0.1:9/other"


@pytest.fixture(scope="module")
def issuer() -> Generator[str]:
    with authority(free_port(), ELSEWHERE) as issuer:
        yield issuer


async def subject_of(served: Served, auth: httpx2.Auth) -> str:
    """Call by the official client, which gets itself a token first."""
    with anyio.fail_after(DEADLINE):
        async with (
            httpx2.AsyncClient(auth=auth, trust_env=False) as http,
            Client(streamable_http_client(served.mcp, http_client=http)) as client,
        ):
            result = await client.call_tool("shop_whoami", {})
    block = result.content[0]
    assert block.type == "text"
    return block.text


async def refused(served: Served, token: str) -> str:
    """Call with a token; give what the challenge says."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(trust_env=False) as client:
        body = {"tool": "shop.whoami", "input": {}}
        answer = await client.post(f"{served.url}/mcp/call", json=body, headers=headers)
    assert answer.status_code == 401
    challenge: str = answer.headers["www-authenticate"]
    assert f'resource_metadata="{served.url}/.well-known/oauth-protected-resource"' in challenge
    return challenge


async def test_a_client_that_knows_only_the_url_finds_its_way_to_a_token_by_code_and_pkce(
    issuer: str, tmp_path: Path
):
    storage, person = Storage(), Person()
    async with project(issuer, tmp_path) as served:
        assert await subject_of(served, by_code(served, storage, person)) == "ada"
    assert person.asked["code_challenge_method"] == ["S256"]
    assert person.asked["resource"] == [served.mcp]
    assert person.asked["scope"] == ["shop:admin shop:read"]
    record = served.records[-1]
    assert (record.subject, record.outcome) == ("ada", "ok")


async def test_a_program_gets_a_token_by_its_own_credentials(issuer: str, tmp_path: Path):
    async with project(issuer, tmp_path) as served:
        assert await subject_of(served, by_secret(served, Storage(), issuer)) == "machine"
        token = await token_for(issuer, served.mcp)
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(served.mcp, http_client=http)) as client,
        ):
            assert [tool.name for tool in (await client.list_tools()).tools] == ["shop_whoami"]
            with pytest.raises(MCPError, match="shop:admin"):
                await client.call_tool("shop_close", {})


async def test_a_token_that_was_made_for_another_server_is_refused(issuer: str, tmp_path: Path):
    async with project(issuer, tmp_path) as served:
        assert "invalid_token" in await refused(served, await token_for(issuer, ELSEWHERE))


async def test_a_token_of_another_issuer_is_refused(issuer: str, tmp_path: Path):
    async with project(issuer, tmp_path) as served:
        with authority(free_port(), served.mcp) as other:
            assert "invalid_token" in await refused(served, await token_for(other, served.mcp))


async def test_a_token_that_was_tampered_with_is_refused(issuer: str, tmp_path: Path):
    async with project(issuer, tmp_path) as served:
        head, claims, signature = (await token_for(issuer, served.mcp)).split(".")
        richer = _opened(claims).replace(b'"shop:read"', b'"*"')
        assert richer != _opened(claims)
        await refused(served, f"{head}.{_closed(richer)}.{signature}")
        unsigned = _closed(b'{"alg":"none","typ":"at+jwt"}')
        await refused(served, f"{unsigned}.{claims}.")
        assert {record.reason for record in served.records} == {"unauthenticated"}


async def test_a_token_is_refused_once_it_has_expired(issuer: str, tmp_path: Path):
    async with project(issuer, tmp_path) as served:
        token = await token_for(issuer, served.mcp, client="brief")
        headers = {"authorization": f"Bearer {token}"}
        body = {"tool": "shop.whoami", "input": {}}
        async with httpx2.AsyncClient(headers=headers, trust_env=False) as client:
            with anyio.fail_after(DEADLINE):
                while (await client.post(f"{served.url}/mcp/call", json=body)).is_success:
                    await anyio.lowlevel.checkpoint()
        assert "has expired" in await refused(served, token)
    assert served.records[0].subject == "brief"


async def test_a_key_that_the_server_changed_to_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jwks, "PAUSE", 0.0)
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    async with project(issuer, tmp_path) as served:
        with authority(port, served.mcp, key="first"):
            old = await token_for(issuer, served.mcp)
            assert await subject_of(served, by_secret(served, Storage(), issuer)) == "machine"
        with authority(port, served.mcp, key="second"):
            assert await subject_of(served, by_secret(served, Storage(), issuer)) == "machine"
            assert "invalid_token" in await refused(served, old)


def _opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _closed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


async def test_a_token_that_its_issuer_takes_back_is_refused_from_then_on(
    issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MICRO_INTROSPECTION_SECRET", "of the machine")
    asking = {
        "introspection": f"{issuer}/token/introspection",
        "introspection_client": "machine",
        "introspection_seconds": 0,
    }
    async with project(issuer, tmp_path, **asking) as served:
        token = await token_for(issuer, served.mcp, client="opaque")
        assert token.count(".") == 0
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
            body = {"tool": "shop.whoami", "input": {}}
            answer = await client.post(f"{served.url}/mcp/call", json=body)
        assert answer.json()["result"] == "opaque"
        await revoke(issuer, token, client="opaque")
        assert "The token is not active" in await refused(served, token)
        elsewhere = await token_for(issuer, ELSEWHERE, client="opaque")
        assert "The token is not active" in await refused(served, elsewhere)
