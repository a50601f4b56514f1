"""What an author asks of a tool's calls is read once, where it is written."""

from __future__ import annotations

from typing import Any

import pytest

from micro import CircuitBreaker, Concurrency, RateLimit, Service, any_of
from micro.errors import DeclarationError
from micro.policies import NO_POLICY, Policy


def test_options_become_the_tools_policy():
    service = Service("s")

    @service.tool(
        scopes=["a", any_of("b", "c")],
        rate_limit="10/s burst 20",
        timeout="1m",
        concurrency=Concurrency(2, 3),
        breaker=True,
        cache="30s",
        approve="always",
        read_only=True,
    )
    def everything() -> None: ...

    @service.tool
    def nothing() -> None: ...

    first, second = service.bind()
    assert first.spec.scopes == ("a", "b|c")
    assert first.spec.policy == Policy(
        rate_limit=RateLimit(10, burst=20),
        timeout=60.0,
        concurrency=Concurrency(2, 3),
        breaker=CircuitBreaker(),
        cache=30.0,
        approve=True,
    )
    assert second.spec.policy is NO_POLICY


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate_limit": "fast"}, "rate_limit: 'fast' is no rate"),
        ({"timeout": -1}, "timeout: -1 is no time"),
        ({"cache": "30s"}, "cache= is for tools that change nothing"),
        ({"breaker": "often"}, "breaker: 'often'"),
        ({"approve": True}, "approve: True"),
        ({"scopes": ["a|"]}, "scopes="),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(options: dict[str, Any], said: str):
    service = Service("s")
    with pytest.raises(DeclarationError) as caught:
        service.tool(name="get", **options)(lambda: None)
    assert said in caught.value.message
    assert "test_policy_options.py" in caught.value.message
    assert caught.value.mend
