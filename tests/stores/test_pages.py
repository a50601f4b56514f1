"""Calls go into pages that are bounded by number, size and time, and come out as they went in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from micro.stores import pages
from micro.stores.entries import Entry
from micro.stores.pages import Ended, Page, amended, divide, encode, pack
from stores.test_history import entry


def ended(*entries: Entry) -> list[Ended]:
    return [(each, encode(each.rest)) for each in entries]


def calls_of(page: Sequence[Ended]) -> list[int]:
    return [each.rest.call for each, _ in page]


def divided(*entries: Entry) -> tuple[list[list[int]], list[int]]:
    full, begun = divide(ended(*entries))
    return [calls_of(page) for page in full], calls_of(begun)


@pytest.mark.parametrize(
    ("count", "full", "begun"),
    [
        (0, [], []),
        (2, [], [0, 1]),
        (3, [[0, 1, 2]], []),
        (7, [[0, 1, 2], [3, 4, 5]], [6]),
    ],
)
def test_a_page_is_full_with_so_many_calls(
    monkeypatch: pytest.MonkeyPatch, count: int, full: list[list[int]], begun: list[int]
):
    monkeypatch.setattr(pages, "MOST", 3)
    assert divided(*map(entry, range(count))) == (full, begun)


def test_a_page_takes_one_large_call_more_and_then_no_other():
    large = entry(1, size=pages.LARGEST + 1)
    assert divided(entry(0), large, entry(2), entry(3)) == ([[0, 1]], [2, 3])


def test_a_page_takes_no_call_that_began_much_later():
    late = entry(0).time + pages.SPAN
    calls = entry(0), entry(1), entry(2, time=late + 1), entry(3, time=late + 2)
    assert divided(*calls) == ([[0, 1]], [2, 3])


def test_calls_come_out_of_a_page_as_they_went_in():
    given = [
        entry(1, result='{"b": "ü"}', traceback="line 3"),
        entry(2, tool="users.get", outcome="error", reason="exception"),
        entry(3, parent_id=f"{1:016x}", duration=None),
    ]
    until, columns = pack(ended(*given))
    page = Page(columns)
    assert [page.entry(place) for place in range(len(page))] == given
    assert until == given[-1].time


def test_what_many_calls_have_in_common_stands_in_a_page_once():
    _, (kinds, *_) = pack(ended(*(entry(number, subject="somebody") for number in range(50))))
    assert kinds.count(b"somebody") == 1


def test_one_calls_rest_is_changed_and_no_others():
    calls = [entry(number) for number in range(3)]
    _, (*others, rest) = pack(ended(*calls))
    calls[1].rest.logs.clear()
    page = Page([*others, amended(rest, 1, encode(calls[1].rest))])
    assert [page.entry(place) for place in range(3)] == calls
    with pytest.raises(IndexError):
        amended(rest, 3, encode(calls[1].rest))
