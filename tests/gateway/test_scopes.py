"""Which grants are enough for which needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro.gateway.scopes import covers, missing_scopes

WORDS = st.text(alphabet="ab:", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("grant", "scope", "enough"),
    [
        ("orders:read", "orders:read", True),
        ("*", "orders:read", True),
        ("orders:*", "orders:read", True),
        ("orders:*", "orders:items:read", True),
        ("orders:*", "orders", False),
        ("orders:*", "ordersx:read", False),
        ("order*", "orders:read", False),
        ("orders:read", "orders:read:all", False),
        ("orders:read", "orders:*", False),
        ("orders:*", "orders:*", True),
        ("ORDERS:read", "orders:read", False),
        ("", "orders:read", False),
    ],
)
def test_a_grant_covers_itself_and_what_its_wildcard_begins(grant: str, scope: str, enough: bool):
    assert covers(grant, scope) is enough


def test_all_that_are_listed_are_needed_and_one_of_the_alternatives():
    assert missing_scopes(("a", "b|c"), ("a", "c")) == ()
    assert missing_scopes(("a", "b|c"), ("a",)) == ("b|c",)
    assert missing_scopes(("a", "b"), ()) == ("a", "b")
    assert missing_scopes((), ()) == ()


@given(st.lists(WORDS), st.lists(WORDS), st.lists(WORDS))
def test_holding_more_never_allows_less(needed: list[str], held: list[str], more: list[str]):
    assert set(missing_scopes(needed, [*held, *more])) <= set(missing_scopes(needed, held))


@given(st.lists(WORDS), st.lists(WORDS))
def test_what_is_missing_is_exactly_what_makes_it_enough(needed: list[str], held: list[str]):
    missing = missing_scopes(needed, held)
    assert missing_scopes(needed, [*held, *missing]) == ()
    assert set(missing) <= set(needed)


@given(st.lists(WORDS))
def test_without_wildcards_matching_is_set_inclusion(needed: list[str]):
    held = [word for word in needed if hash(word) % 2]
    assert set(missing_scopes(needed, held)) == set(needed) - set(held)
