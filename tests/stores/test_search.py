"""Calls are found in pages by any column, the same as if each were looked at by itself."""

from __future__ import annotations

import pytest

from micro.stores.pages import pack
from micro.stores.search import CallFilter, Search
from stores.test_history import entry
from stores.test_pages import ended

CALLS = [
    entry(1, arguments='{"sku": "Tea"}', trace_id="a" * 32),
    entry(2, subject="bob", arguments='{"note": "' + "b" * 32 + '"}', trace_id="c" * 32),
    entry(3, tool="users.get", outcome="error", result="Sold out", trace_id="b" * 32),
    entry(4, subject="bob", result="über GRÜN", trace_id="a" * 32),
    entry(5, arguments="ends in so", result="ld begins", tool="users.set"),
    entry(6, result="Привет 100%"),
]


def found(wanted: CallFilter) -> list[int]:
    search, (_, (kinds, traces, texts, _)) = Search(wanted), pack(ended(*CALLS))
    places = search.places(
        kinds, traces if wanted.trace_id else None, texts if wanted.text else None
    )
    return [place + 1 for place in places]


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        (CallFilter(), [1, 2, 3, 4, 5, 6]),
        (CallFilter(tool="users.get"), [3]),
        (CallFilter(tool="users.*"), [3, 5]),
        (CallFilter(tool="users"), []),
        (CallFilter(subject="bob"), [2, 4]),
        (CallFilter(subject="bo"), []),
        (CallFilter(outcome="error"), [3]),
        (CallFilter(subject="bob", outcome="error"), []),
        (CallFilter(trace_id="a" * 32), [1, 4]),
        (CallFilter(trace_id="b" * 32), [3]),
        (CallFilter(trace_id="a" * 31), []),
        (CallFilter(trace_id="a" * 32, subject="bob"), [4]),
        (CallFilter(trace_id="\udcff"), []),
    ],
)
def test_calls_are_found_by_what_they_are(wanted: CallFilter, calls: list[int]):
    assert found(wanted) == calls


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("tea", [1]),
        ('SKU": "T', [1]),
        ("sold", [3]),
        ("grün", [4]),
        ("ÜBER", [4]),
        ("ü", [4]),
        ("ПРИВЕТ 100", [6]),
        ("100%", [6]),
        ("%", [6]),
        ("shop", []),
        ("\udcff", []),
    ],
)
def test_calls_are_found_by_a_text_whatever_the_case_of_its_letters(text: str, calls: list[int]):
    assert found(CallFilter(text=text)) == calls


def test_a_text_is_looked_for_in_the_calls_that_fit_otherwise_alone():
    assert found(CallFilter(text="sold", tool="users.set")) == []
    assert found(CallFilter(text="sold", tool="users.*")) == [3]
