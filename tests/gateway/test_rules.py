"""What the gateway asks over what tools declare, and which rule comes first."""

from __future__ import annotations

import pytest

from calling import make_tool, ok
from micro.calls import ToolSpec
from micro.config import Settings
from micro.gateway.rules import Rules
from micro.policies import NO_POLICY, CircuitBreaker, Policy, RateLimit


def spec(name: str, **fields: object) -> ToolSpec:
    return make_tool(name, ok, **fields).spec


@pytest.mark.parametrize(
    ("patterns", "scopes"),
    [
        ({}, ("own",)),
        ({"demo.delete": ("admin",)}, ("admin",)),
        ({"demo_delete": ("admin",)}, ("admin",)),
        ({"demo.*": ("any",), "demo.delete": ("admin",)}, ("admin",)),
        ({"*": ("all",), "demo.*": ("any",)}, ("any",)),
        ({"demo.*": ()}, ()),
        ({"other.*": ("x",)}, ("own",)),
        ({"demo.delet": ("x",)}, ("own",)),
        ({"DEMO.*": ("x",)}, ("own",)),
    ],
)
def test_the_closest_rule_says_which_scopes_are_needed(
    patterns: dict[str, tuple[str, ...]], scopes: tuple[str, ...]
):
    applied = Rules(scopes=patterns).applied(spec("delete", scopes=("own",)))
    assert applied.scopes == scopes


def test_policies_of_all_rules_that_fit_add_up_and_the_closest_wins():
    rules = Rules(
        policies={
            "*": Policy(timeout=9.0, rate_limit=RateLimit(1)),
            "demo.a": Policy(timeout=1.0),
        }
    )
    declared = Policy(timeout=30.0, rate_limit=RateLimit(7), cache=5.0)
    a = rules.applied(spec("a", policy=declared, annotations={"readOnlyHint": True}))
    assert a.policy == Policy(timeout=1.0, rate_limit=RateLimit(1), cache=5.0)
    assert rules.applied(spec("b")).policy.timeout == 9.0


def test_answers_of_a_tool_that_may_change_something_are_never_kept():
    rules = Rules(policies={"*": Policy(cache=30.0)})
    assert rules.applied(spec("write")).policy == NO_POLICY
    reads = rules.applied(spec("read", annotations={"readOnlyHint": True}))
    assert reads.policy.cache == 30.0


def test_a_breaker_that_a_tool_declares_is_taken_away_by_the_settings():
    off = Settings.model_validate({"tools": {"demo.*": {"breaker": False}}})
    declared = Policy(breaker=CircuitBreaker())
    assert Rules.of(off).applied(spec("a", policy=declared)).policy.breaker is False
    unsaid = Settings.model_validate({"tools": {"demo.*": {"timeout": 5}}})
    assert Rules.of(unsaid).applied(spec("a", policy=declared)).policy.breaker == CircuitBreaker()


def test_a_rule_that_fits_no_tool_is_named():
    rules = Rules(scopes={"demo.delte": ("a",), "demo.*": ("b",)}, policies={"nope.*": NO_POLICY})
    assert rules.unmet([spec("delete")]) == ("demo.delte", "nope.*")


def test_rules_come_from_settings():
    settings = Settings.model_validate(
        {
            "scopes": {"demo.delete": ["admin", "a|b"]},
            "tools": {"demo.*": {"rate_limit": "10/s burst 20", "timeout": "30s", "breaker": True}},
            "rate_limit": "1000/s",
            "subject_rate_limit": "5/min",
        }
    )
    rules = Rules.of(settings)
    applied = rules.applied(spec("delete"))
    assert applied.scopes == ("admin", "a|b")
    assert applied.policy.rate_limit == RateLimit(10, burst=20)
    assert (applied.policy.timeout, applied.policy.breaker is not None) == (30.0, True)
    assert (rules.rate_limit, rules.subject_rate_limit) == (RateLimit(1000), RateLimit(5, 60.0))


def test_settings_say_how_large_a_result_goes_out_whole():
    assert Rules.of(Settings()).result_bytes == 256 * 1024
    assert Rules.of(Settings(result_kb=4)).result_bytes == 4_096
    with pytest.raises(ValueError, match="greater than or equal to 4"):
        Settings(result_kb=0)
