"""Tokens that the authorization server has to say are active, beside what is checked of a JWT."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import anyio
import pytest

from clocks import Clock
from micro.errors import ConfigError
from micro.gateway.auth import introspection
from micro.gateway.auth.auth import Identity, TokenRefused
from micro.gateway.auth.introspection import Endpoint, Introspection
from micro.gateway.auth.setup import project_auth
from micro.sections import AuthSettings

AUDIENCE = "https://tools.example/mcp"
ENDPOINT = Endpoint(
    url="https://issuer.example/introspect", client="tools", secret="a b", audience=AUDIENCE
)
ACTIVE = {"active": True, "sub": "kim", "aud": AUDIENCE, "scope": "a:read b:*", "exp": 2e9}


class Jwts:
    """Knows one token, and that another is forged."""

    async def authenticate(self, token: str) -> Identity | None:
        if token == "forged":
            raise TokenRefused("The token is not valid (bad_signature)")
        return Identity(subject="ada", scopes=("c:read",)) if token == "jwt" else None


class Server:
    """Answers what a test says, and keeps what it was asked."""

    def __init__(self, **answer: Any) -> None:
        self.answer = answer or ACTIVE
        self.asked: list[str] = []
        self.is_down = False
        self.clock = Clock()
        self.tokens = Introspection(Jwts(), ENDPOINT, believed=30, post=self.post, clock=self.clock)

    def post(self, url: str, form: bytes, headers: dict[str, str]) -> bytes:
        assert url == ENDPOINT.url
        assert headers == {"Authorization": "Basic dG9vbHM6YSUyMGI="}
        self.asked.append(parse_qs(form.decode())["token"][0])
        if self.is_down:
            raise OSError("refused")
        return json.dumps(self.answer).encode()


async def test_a_token_that_is_no_jwt_stands_for_whom_the_server_says():
    found = await Server().tokens.authenticate("opaque")
    assert found == Identity(subject="kim", scopes=("a:read", "b:*"), expires=2e9)


async def test_a_jwt_stands_for_whom_it_says_as_long_as_it_is_active():
    server = Server()
    found = await server.tokens.authenticate("jwt")
    assert found == Identity(subject="ada", scopes=("c:read",))
    server.answer = {"active": False}
    server.clock.advance(30)
    with pytest.raises(TokenRefused, match="not active"):
        await server.tokens.authenticate("jwt")


async def test_a_forged_jwt_is_refused_without_asking():
    server = Server()
    with pytest.raises(TokenRefused, match="bad_signature"):
        await server.tokens.authenticate("forged")
    assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        {"active": False},
        {"active": "true", "sub": "kim", "aud": AUDIENCE},
        {"active": True, "sub": "kim"},
        {"active": True, "sub": "kim", "aud": "https://other.example"},
        {"active": True, "aud": [AUDIENCE]},
    ],
    ids=["revoked", "not JSON's true", "for nobody", "for another", "of nobody"],
)
async def test_what_is_not_plainly_active_and_ours_is_refused(answer: dict[str, Any]):
    with pytest.raises(TokenRefused, match="not active"):
        await Server(**answer).tokens.authenticate("opaque")


async def test_an_answer_is_believed_for_some_seconds_and_asked_for_once_at_a_time():
    server = Server()
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(server.tokens.authenticate, "opaque")
    assert server.asked == ["opaque"]
    server.clock.advance(29)
    await server.tokens.authenticate("opaque")
    assert len(server.asked) == 1
    server.clock.advance(1)
    await server.tokens.authenticate("opaque")
    assert len(server.asked) == 2


async def test_no_token_is_taken_while_the_server_cannot_be_asked():
    server = Server()
    server.is_down = True
    for _ in range(2):
        with pytest.raises(TokenRefused, match="cannot be asked now"):
            await server.tokens.authenticate("jwt")
    assert len(server.asked) == 1
    server.is_down = False
    server.clock.advance(1)
    assert await server.tokens.authenticate("jwt")


async def test_tokens_of_strangers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(introspection, "KEPT", 3)
    server = Server()
    for number in range(5):
        await server.tokens.authenticate(f"opaque{number}")
    await server.tokens.authenticate("opaque4")
    assert len(server.asked) == 5
    await server.tokens.authenticate("opaque0")
    assert len(server.asked) == 6


def test_settings_that_cannot_ask_are_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MICRO_INTROSPECTION_SECRET", raising=False)
    named: dict[str, Any] = {"issuer": "https://issuer.example", "audience": AUDIENCE}
    with pytest.raises(ValueError, match="introspection needs issuer and introspection_client"):
        AuthSettings(**named, introspection="https://issuer.example/i")
    asking = AuthSettings(
        **named, introspection="http://issuer.example/i", introspection_client="tools"
    )
    with pytest.raises(ConfigError, match="needs the client's secret"):
        project_auth(asking, tmp_path / "keys.json")
    monkeypatch.setenv("MICRO_INTROSPECTION_SECRET", "x")
    with pytest.raises(ConfigError, match="is not a https URL"):
        project_auth(asking, tmp_path / "keys.json")
