"""What a library's user passes is asked of every call, and refused where it is wrong."""

from __future__ import annotations

import pytest

from micro import Identity, RateLimit, Refused, Service, any_of
from micro.calls import Caller
from micro.errors import ConfigError, MissingScopes, RateLimited
from micro.gateway.options import GatewayOptions, rules_of
from micro.serving import Serving

users = Service("users")


@users.tool(scopes=[any_of("users:read", "users:admin")])
def get(name: str) -> str:
    return name


@users.tool
def delete(name: str) -> str:
    return name


def test_options_become_rules():
    rules = rules_of(
        GatewayOptions(
            scopes={"users.delete": ["users:admin"]},
            rate_limit=RateLimit(10, burst=20),
            subject_rate_limit="5/min",
            tools={"users.*": {"timeout": "3s"}},
        )
    )
    assert rules.scopes == {"users.delete": ("users:admin",)}
    assert (rules.rate_limit, rules.subject_rate_limit) == (
        RateLimit(10, burst=20),
        RateLimit(5, 60.0),
    )
    assert rules.policies["users.*"].timeout == 3.0
    assert rules.auth.is_open


def test_auth_is_one_of_the_options():
    def auth(token: str) -> Identity | None:
        return Identity(subject=token)

    assert rules_of(GatewayOptions(auth=auth)).auth.required


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate_limit": "fast"}, "rate_limit: .*'fast' is no rate"),
        ({"scopes": {"a.b": ["x y"]}}, "scopes"),
        ({"tools": {"a.b": {"timout": 1}}}, "timout"),
        ({"ratelimit": "1/s"}, "no option 'ratelimit'"),
    ],
)
def test_what_is_wrong_is_refused(options: dict[str, object], said: str):
    with pytest.raises(ConfigError, match=said):
        rules_of(options)  # pyright: ignore


async def test_what_is_asked_holds_for_every_call_of_what_is_served():
    serving = Serving(users, scopes={"users.delete": ["users:admin"]}, rate_limit="2/h")
    reader = Caller(door="memory", scopes=("users:read",))
    async with serving.started():
        gateway = serving.runtime.gateway
        assert [tool.spec.name for tool in gateway.tools(reader)] == ["get"]
        with pytest.raises(MissingScopes):
            await gateway.call("users.delete", b'{"name": "x"}', caller=reader)
        for _ in range(2):
            await gateway.call("users.get", b'{"name": "x"}', caller=reader)
        with pytest.raises(RateLimited) as caught:
            await gateway.call("users.get", b'{"name": "x"}', caller=reader)
        assert isinstance(caught.value, Refused)
        (view,) = serving.runtime.snapshot().rates
        assert (view.key, view.remaining) == ("all calls", 0)
