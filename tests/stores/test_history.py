"""Calls that have ended are kept over restarts, within bounds, and found again."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from devtool.fake_runtime import eventually
from micro.errors import StoreUnusable
from micro.events import LogWritten
from micro.stores import history as module
from micro.stores import historyfile, pages
from micro.stores.entries import Entry, Rest
from micro.stores.history import History
from micro.stores.historyfile import Bounds
from micro.stores.past import PastCalls
from micro.stores.search import CallFilter

NOW = time.time()


def entry(number: int, **fields: Any) -> Entry:
    rest: dict[str, Any] = {
        "call": number,
        "span_id": f"{number:016x}",
        "parent_id": "",
        "client_version": "1",
        "protocol": "2026-07-28",
        "scopes_required": ("shop:sell",),
        "scopes_held": ("shop:*",),
        "started": 1.0,
        "marks": [("scopes", 1.1, 1.4)],
        "inside": (("run", 0.2, 0.1),),
        "logs": [LogWritten(service="shop", call=1, level="info", logger="l", text="héllo")],
    }
    rest |= {key: fields.pop(key) for key in (*rest, "traceback") if key in fields}
    given: dict[str, Any] = {
        "time": NOW + number,
        "tool": "shop.sell",
        "door": "http",
        "client": "c",
        "subject": "ada",
        "trace_id": f"{number:032x}",
        "outcome": "ok",
        "duration": 0.5,
        "generation": 1,
        "arguments": "{}",
        "result": "{}",
    }
    return Entry(rest=Rest(**rest), **given | fields)


@contextmanager
def history(path: Path, bounds: Bounds | None = None) -> Generator[History]:
    problems: list[StoreUnusable] = []
    kept = History(path, bounds=bounds, on_problem=problems.append)
    kept.open()
    try:
        yield kept
    finally:
        kept.close()
    assert not problems


def numbers(path: Path, wanted: CallFilter | None = None) -> list[int]:
    return [each.view.call for _, each in PastCalls(path).newest(wanted or CallFilter(), 10_000)]


def shows_one(path: Path) -> bool:
    try:
        return numbers(path) == [1]
    except StoreUnusable:  # the file is only being made
        return False


def test_a_call_is_kept_whole_and_read_back_as_it_was(tmp_path: Path):
    given = entry(1, arguments='{"a": 1}', result='{"b": "ü"}', traceback="line 3")
    with history(tmp_path / "calls.db") as kept:
        kept.add(given)
    past = PastCalls(tmp_path / "calls.db")
    ((number, found),) = past.newest(CallFilter(), 10)
    assert found == given.detail()
    assert past.one(number) == found
    assert past.one(number + 1) is None


def test_a_call_is_read_with_the_calls_that_it_made(tmp_path: Path):
    trace = {"trace_id": "a" * 32}
    with history(tmp_path / "calls.db") as kept:
        for number in (3, 2):
            kept.add(entry(number, parent_id=f"{1:016x}", **trace))
        kept.add(entry(1, **trace))
        kept.add(entry(4, **trace))
    found = PastCalls(tmp_path / "calls.db").one(3)
    assert found is not None
    assert [view.call for view in found.nested] == [2, 3]


@pytest.mark.parametrize("is_written", [True, False])
def test_log_lines_that_come_after_a_call_ended_are_added_to_it(tmp_path: Path, is_written: bool):
    path, given = tmp_path / "calls.db", entry(1)
    line = LogWritten(service="shop", call=1, level="info", logger="l", text="late")
    with history(path) as kept:
        kept.add(given)
        if is_written:
            eventually(lambda: shows_one(path))
        kept.add(entry(2))
        given.rest.logs.append(line)
        kept.add(given)
    assert numbers(path) == [1, 2]
    found = PastCalls(path).one(1)
    assert found is not None
    assert [each.text for each in found.logs] == ["héllo", "late"]


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path):
    path = tmp_path / "calls.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, tool)")
        database.execute("INSERT INTO calls (tool) VALUES ('shop.sell')")
    with pytest.raises(StoreUnusable, match="cannot be read"):
        numbers(path)
    with history(path) as kept:
        kept.add(entry(1))
    assert numbers(path) == [1]


def test_a_call_is_kept_as_it_was_when_it_ended(tmp_path: Path):
    given = entry(1)
    expected = given.detail()
    with history(tmp_path / "calls.db") as kept:
        kept.add(given)
        given.rest.logs.clear()
    assert PastCalls(tmp_path / "calls.db").one(1) == expected


@pytest.mark.parametrize("name", ["traceback", "subject", "result"])
def test_a_call_whose_text_is_none_is_dropped_and_costs_no_other(tmp_path: Path, name: str):
    with history(tmp_path / "calls.db") as kept:
        kept.add(entry(1, **{name: "\ud800"}))
        kept.add(entry(2))
    assert (numbers(tmp_path / "calls.db"), kept.dropped) == ([2], 1)


def test_numbers_go_on_over_a_restart(tmp_path: Path):
    for number in (1, 2):
        with history(tmp_path / "calls.db") as kept:
            kept.add(entry(number))
    past = PastCalls(tmp_path / "calls.db")
    (first, _), (second, _) = past.newest(CallFilter(), 10)
    assert second == first + 1
    assert [number for number, _ in past.after(first, CallFilter())] == [second]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CallFilter(), [1, 2, 3]),
        (CallFilter(tool="shop.*"), [1, 2]),
        (CallFilter(subject="bob"), [2]),
        (CallFilter(outcome="error"), [3]),
        (CallFilter(trace_id=f"{2:032x}"), [2]),
        (CallFilter(since=NOW + 2), [2, 3]),
        (CallFilter(text='"SKU": "tea"'), [1]),
        (CallFilter(text="sold"), [3]),
        (CallFilter(text="%"), []),
        (CallFilter(tool="shop.*", text="tea"), [1]),
    ],
)
def test_calls_are_found_by_filter(tmp_path: Path, wanted: CallFilter, found: list[int]):
    with history(tmp_path / "calls.db") as kept:
        kept.add(entry(1, arguments='{"sku": "tea"}'))
        kept.add(entry(2, subject="bob"))
        kept.add(entry(3, tool="users.get", outcome="error", result="Sold out"))
    assert numbers(tmp_path / "calls.db", wanted) == found


@pytest.mark.parametrize(
    ("bounds", "left"),
    [
        (Bounds(calls=3), [6, 7, 8, 9]),
        (Bounds(calls=4), [6, 7, 8, 9]),
        (Bounds(age=86400.0), list(range(10))),
        (Bounds(size=2_500), [6, 7, 8, 9]),
    ],
)
def test_the_oldest_pages_are_forgotten_once_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bounds: Bounds, left: list[int]
):
    monkeypatch.setattr(pages, "MOST", 2)
    with history(tmp_path / "calls.db", bounds) as kept:
        for number in range(10):
            kept.add(entry(number, result="x" * 500))
    assert numbers(tmp_path / "calls.db") == left


def test_what_was_written_before_a_restart_counts(tmp_path: Path):
    for number in range(10):
        with history(tmp_path / "calls.db", Bounds(size=2_500)) as kept:
            kept.add(entry(number, result="x" * 500))
    assert numbers(tmp_path / "calls.db") == [6, 7, 8, 9]


def test_when_all_is_too_old_nothing_is_left(tmp_path: Path):
    with history(tmp_path / "calls.db", Bounds(age=86_400)) as kept:
        for number in range(3):
            kept.add(entry(number, time=NOW - 2 * 86_400))
    assert numbers(tmp_path / "calls.db") == []


def test_what_is_too_old_is_forgotten(tmp_path: Path):
    with history(tmp_path / "calls.db", Bounds(age=86_400)) as kept:
        kept.add(entry(1, time=NOW - 2 * 86_400))
        kept.add(entry(2))
    assert numbers(tmp_path / "calls.db") == [2]


def test_what_there_is_no_time_for_is_dropped_the_oldest_first_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "WAITING", 3)
    kept = History(tmp_path / "calls.db", on_problem=lambda problem: None)
    for number in range(5):
        kept.add(entry(number))
    assert kept.dropped == 2
    kept.open()
    kept.close()
    assert numbers(tmp_path / "calls.db") == [2, 3, 4]


def test_the_file_is_its_owners(tmp_path: Path):
    with history(tmp_path / "calls.db") as kept:
        kept.add(entry(1))
    assert stat.S_IMODE((tmp_path / "calls.db").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path: Path):
    problems: list[StoreUnusable] = []
    (tmp_path / "calls.db").mkdir()
    kept = History(tmp_path / "calls.db", on_problem=problems.append)
    kept.add(entry(1))
    kept.open()
    kept.close()
    assert (len(problems), kept.dropped) == (1, 1)
    assert problems[0].mend


def test_calls_that_a_locked_file_does_not_take_are_counted_and_those_after_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(historyfile, "LOCK_WAIT", 0.01)
    path, problems = tmp_path / "calls.db", list[StoreUnusable]()
    kept = History(path, on_problem=problems.append)
    kept.open()
    kept.add(entry(1))
    eventually(lambda: shows_one(path))
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept.add(entry(2))
        eventually(lambda: kept.dropped == 1)
        other.rollback()
    kept.add(entry(3))
    kept.close()
    assert numbers(path) == [1, 3]
    assert "locked" in problems[0].message
    assert (len(problems), kept.dropped) == (1, 1)


def test_a_history_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(StoreUnusable, match="there are no calls"):
        PastCalls(tmp_path / "calls.db").one(1)
