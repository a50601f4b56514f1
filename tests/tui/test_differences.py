from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro_tui.differences import LIMIT, differences

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


def told(before: Any, after: Any) -> list[tuple[str, str, str, str]]:
    found = differences(json.dumps(before), json.dumps(after))
    return [(each.kind, each.path, each.before, each.after) for each in found]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("changed", "a", "1", "2")]),
        ({"a": {"b": 1}}, {"a": {}}, [("removed", "a.b", "1", "")]),
        ({}, {"a": None}, [("added", "a", "", "null")]),
        ([1, 2, 3], [1, 3], [("removed", "[1]", "2", "")]),
        ([1, 3], [1, 2, 3], [("added", "[1]", "", "2")]),
        ([{"a": 1}], [{"a": 2}], [("changed", "[0].a", "1", "2")]),
        (1, True, [("changed", "", "1", "true")]),
        (1, 1.0, [("changed", "", "1", "1.0")]),
        ([], {}, [("changed", "", "[]", "{}")]),
    ],
)
def test_a_difference_is_told_where_it_is(before: Any, after: Any, found: list[Any]) -> None:
    assert told(before, after) == found


def test_words_that_are_no_json_are_compared_whole() -> None:
    (only,) = differences("all is well", "all is lost")
    assert (only.before, only.after) == ('"all is well"', '"all is lost"')


def test_no_more_than_the_limit_are_told() -> None:
    assert len(told([0] * 1000, [1] * 1000)) == LIMIT


@given(JSON, JSON)
def test_two_values_differ_if_and_only_if_a_difference_is_told(before: Any, after: Any) -> None:
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert (told(before, after) == []) is same
