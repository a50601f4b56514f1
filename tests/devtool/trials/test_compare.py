from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro_devtool.trials.compare import differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ["a[1].b: 2 → 3"]),
        ({"a": 1}, {"b": 1}, ["a: 1 is gone", "b: 1 is new"]),
        ([1, 2], [1], ["[1]: 2 is gone"]),
        ([1], [1, "x"], ['[1]: "x" is new']),
        (1, True, ["the result: 1 → true"]),
    ],
)
def test_each_difference_has_its_place(before: Any, after: Any, said: list[str]):
    assert list(differences(before, after)) == said


@given(JSON, JSON)
def test_nothing_is_told_exactly_where_nothing_differs(one: Any, other: Any):
    assert list(differences(one, one)) == []
    assert bool(list(differences(one, other))) == (repr(one) != repr(other)) or one == other
