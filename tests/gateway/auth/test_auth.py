"""Whose token is taken, and what a caller is told whose is not."""

from __future__ import annotations

import time

import pytest

from calling import CALLER, World
from micro.calls import Caller
from micro.errors import ConfigError, Unauthenticated
from micro.gateway.auth.auth import TOKEN_LIMIT, Auth, Identity, TokenRefused
from micro.gateway.auth.plug import Plug, auth_of


class One:
    """Knows one token, and refuses what begins as it does."""

    def __init__(self, token: str, **fields: object) -> None:
        self._token = token
        self._identity = Identity(**{"subject": token, "scopes": ("a",)} | fields)

    async def authenticate(self, token: str) -> Identity | None:
        if token[:1] != self._token[:1]:
            return None
        if token != self._token:
            raise TokenRefused("The key is not valid")
        return self._identity


HTTP = Caller(door="http")


async def test_nobody_is_asked_where_nobody_knows_any_token():
    assert await Auth().identify(HTTP, "whatever") is HTTP
    assert Auth().is_open


async def test_the_first_who_knows_the_token_says_who_it_stands_for():
    auth = Auth([One("alice"), One("bob")])
    caller = await auth.identify(HTTP, "bob")
    assert (caller.subject, caller.scopes, caller.rejection) == ("bob", ("a",), "")


@pytest.mark.parametrize("token", ["bobby", "carol", "x" * (TOKEN_LIMIT + 1)])
async def test_a_token_that_is_not_taken_leaves_nothing_of_the_caller(token: str):
    caller = await Auth([One("bob")]).identify(HTTP, token)
    assert caller.rejection
    assert token not in caller.rejection
    assert (caller.subject, caller.scopes) == ("", ())


async def test_no_token_is_enough_only_where_none_is_required():
    auth = Auth([One("bob")])
    assert await auth.identify(HTTP, "") is HTTP
    assert (await auth.demanding().identify(HTTP, "")).rejection == "There is no token"


async def test_a_token_that_has_ended_is_refused():
    auth = Auth([One("bob", expires=time.time() - 1)])
    assert (await auth.identify(HTTP, "bob")).rejection == "The token has expired"


async def test_a_check_that_breaks_down_lets_nobody_in():
    async def broken(token: str) -> Identity | None:
        raise RuntimeError("secret")

    caller = await auth_of(broken).identify(HTTP, "t")
    assert caller.rejection == "The token could not be checked"


async def test_a_rejected_caller_is_refused_and_recorded_and_sees_no_list():
    world = World()
    rejected = await Auth([One("bob")]).identify(CALLER, "bobby")
    with pytest.raises(Unauthenticated, match="not valid"):
        await world.call("demo.ok", caller=rejected)
    with pytest.raises(Unauthenticated):
        world.gateway.tools(rejected)
    with pytest.raises(Unauthenticated):
        await world.call("demo.nowhere", caller=rejected)
    assert [record.reason for record in world.records] == ["unauthenticated"] * 2


async def test_a_connection_whose_token_ends_meanwhile_is_refused_from_then_on():
    world = World()
    caller = Caller(door="stdio", subject="bob", expires=time.time() + 100)
    assert (await world.call("demo.ok", caller=caller)).text == "fine"
    late = Caller(door="stdio", subject="bob", expires=time.time() - 1)
    assert await world.verdicts("demo.ok", 1, caller=late) == ["unauthenticated"]


async def test_a_library_user_passes_a_function_or_an_object():
    async def later(token: str) -> Identity | None:
        return Identity(subject="later") if token == "t" else None

    def now(token: str) -> Identity | None:
        return Identity(subject="now") if token == "t" else None

    for given, subject in ((now, "now"), (later, "later"), (One("t"), "t")):
        auth = auth_of(given)
        assert auth.required
        assert (await auth.identify(HTTP, "t")).subject == subject
        assert (await auth.identify(HTTP, "other")).rejection
    assert auth_of(None).is_open


async def test_what_gives_something_else_than_an_identity_lets_nobody_in():
    auth = Auth([Plug(lambda token: "alice")])  # pyright: ignore
    assert (await auth.identify(HTTP, "t")).rejection


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(ConfigError, match="cannot be asked"):
        auth_of("secret")
