"""How limits are written, and what is refused with a mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro.errors import ConfigError
from micro.policies import (
    CircuitBreaker,
    Concurrency,
    Policy,
    RateLimit,
    any_of,
    is_requirement,
    read_breaker,
    read_concurrency,
    read_duration,
    read_policy,
    read_rate_limit,
)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/s", RateLimit(10)),
        ("10/s burst 20", RateLimit(10, 1.0, 20)),
        ("1000/h", RateLimit(1000, 3600.0)),
        (" 5 / 10s burst 1 ", RateLimit(5, 10.0, 1)),
        ("60/min", RateLimit(60, 60.0)),
    ],
)
def test_a_rate_is_read_as_it_is_written(text: str, limit: RateLimit):
    assert read_rate_limit(text) == limit


@given(
    st.integers(1, 10**6), st.sampled_from([1.0, 60.0, 3600.0, 86400.0, 7.0]), st.integers(0, 999)
)
def test_a_rate_is_written_as_it_is_read(calls: int, period: float, burst: int):
    limit = RateLimit(calls, period, burst)
    assert read_rate_limit(str(limit)) == limit


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("30s", 30), ("500ms", 0.5), ("5m", 300), ("1.5h", 5400), (2, 2), (0.25, 0.25)],
)
def test_a_time_is_a_number_of_seconds_or_has_its_unit(given: object, seconds: float):
    assert read_duration(given) == seconds


def test_breakers_and_turns_are_read():
    assert read_breaker(True) == CircuitBreaker()
    assert read_breaker(False) is False
    assert read_breaker("3 open 10s probes 2") == CircuitBreaker(3, 10.0, 2)
    assert read_concurrency(4) == Concurrency(4)
    assert read_concurrency("4 queue 0") == Concurrency(4, 0)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (read_rate_limit, "10"),
        (read_rate_limit, "0/s"),
        (read_rate_limit, "10/0s"),
        (read_rate_limit, "ten/s"),
        (read_rate_limit, 10),
        (read_duration, "30"),
        (read_duration, 0),
        (read_duration, -1),
        (read_duration, True),
        (read_duration, "0s"),
        (read_breaker, "5"),
        (read_breaker, "0 open 1s"),
        (read_breaker, "5 open 1s probes 0"),
        (read_concurrency, 0),
        (read_concurrency, True),
        (read_concurrency, "4 wait 2"),
    ],
)
def test_what_is_wrong_is_refused_with_how_it_is_written(
    read: Callable[[object], object], wrong: object
):
    with pytest.raises(ConfigError) as caught:
        read(wrong)
    assert caught.value.mend


def test_a_wrong_value_is_told_with_its_key():
    with pytest.raises(ConfigError, match="cache: 'soon' is no time"):
        read_policy([("scopes", ()), ("cache", "soon")])


def test_alternatives_are_one_requirement():
    assert any_of("a:read", "a:write") == "a:read|a:write"
    assert is_requirement("a:read|a:write") and is_requirement("a")
    assert not any(is_requirement(word) for word in ("", "a b", "a|", "|a"))


@pytest.mark.parametrize("words", [(), ("a b",), ("",), ("a|b",)])
def test_alternatives_have_to_be_words(words: tuple[str, ...]):
    with pytest.raises(ConfigError):
        any_of(*words)


def test_a_policy_over_another_keeps_what_it_does_not_say():
    over = Policy(timeout=1.0).over(Policy(timeout=5.0, cache=3.0))
    assert over == Policy(timeout=1.0, cache=3.0)
