"""Rows of the history's file become pages without a call being lost, doubled or given a new number.

Whoever else reads or writes it meanwhile.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from micro.events import LogWritten
from micro.stores import pages
from micro.stores.historyfile import Bounds, HistoryFile
from micro.stores.pages import MOST, encode
from micro.stores.past import PastCalls
from micro.stores.search import CallFilter
from patience import DEADLINE
from stores.test_history import entry
from stores.test_pages import ended


def pairs(path: Path) -> list[tuple[int, int]]:
    """Give each call's number in the file, and its own."""
    found = PastCalls(path).newest(CallFilter(), 10_000)
    return [(number, detail.view.call) for number, detail in found]


def rows(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as database:
        return [last for (last,) in database.execute("SELECT last FROM calls ORDER BY last")]


def write_one_by_one(file: HistoryFile, *, begin: int, end: int) -> None:
    for number in range(begin, end):
        assert file.write(ended(entry(number)), {}) == number


def test_calls_that_come_one_by_one_are_put_together_once_they_fill_a_page(tmp_path: Path):
    path, file = tmp_path / "calls.db", HistoryFile(tmp_path / "calls.db")
    write_one_by_one(file, begin=1, end=MOST)
    assert len(rows(path)) == MOST - 1
    write_one_by_one(file, begin=MOST, end=2 * MOST + 2)
    assert rows(path) == [MOST, 2 * MOST, 2 * MOST + 1]
    assert pairs(path) == [(number, number) for number in range(1, 2 * MOST + 2)]
    file.close()


@pytest.mark.parametrize("together", [1, 7, 100, 1_000])
def test_numbers_do_not_depend_on_what_is_written_together(tmp_path: Path, together: int):
    path, file = tmp_path / "calls.db", HistoryFile(tmp_path / "calls.db")
    calls = [entry(number) for number in range(1, 301)]
    for start in range(0, 300, together):
        file.write(ended(*calls[start : start + together]), {})
    file.close()
    assert pairs(path) == [(number, number) for number in range(1, 301)]
    past = PastCalls(path)
    assert [number for number, _ in past.after(290, CallFilter())] == list(range(291, 301))
    assert [number for number, _ in past.newest(CallFilter(), 5)] == list(range(296, 301))
    kept = past.one(137)
    assert kept is not None
    assert kept.view.call == 137


@pytest.mark.parametrize("late", [1, 64, 65, 100])
@pytest.mark.parametrize("more", [0, 1, 64])
def test_what_comes_later_of_a_call_is_added_to_it_in_whatever_page_it_is(
    tmp_path: Path, late: int, more: int
):
    path, file = tmp_path / "calls.db", HistoryFile(tmp_path / "calls.db")
    calls = [entry(number) for number in range(1, 101)]
    file.write(ended(*calls), {})
    calls[late - 1].rest.logs.append(
        LogWritten(service="shop", call=1, level="info", logger="l", text="late")
    )
    file.write(ended(*map(entry, range(101, 101 + more))), {late: encode(calls[late - 1].rest)})
    write_one_by_one(file, begin=101 + more, end=170)
    file.close()
    with_late = [
        number
        for number, detail in PastCalls(path).newest(CallFilter(), 1_000)
        if [log.text for log in detail.logs] == ["héllo", "late"]
    ]
    assert with_late == [late]
    assert len(pairs(path)) == 169


def test_what_comes_later_of_a_call_that_is_forgotten_changes_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pages, "MOST", 2)
    path, file = tmp_path / "calls.db", HistoryFile(tmp_path / "calls.db")
    file.write(ended(*map(entry, range(1, 7))), {})
    file.trim(Bounds(calls=2))
    before = PastCalls(path).newest(CallFilter(), 9)
    file.write([], {1: encode(entry(99).rest)})
    assert PastCalls(path).newest(CallFilter(), 9) == before
    assert [number for number, _ in before] == [5, 6]
    file.close()


def test_two_that_write_the_same_file_lose_nothing_of_each_other(tmp_path: Path):
    path = tmp_path / "calls.db"
    ending, beginning = HistoryFile(path), HistoryFile(path)
    for number in range(1, 401):
        file = ending if number % 3 == 0 and number < 300 else beginning
        assert file.write(ended(entry(number)), {}) == number
    ending.close()
    beginning.close()
    assert pairs(path) == [(number, number) for number in range(1, 401)]


def test_who_reads_sees_every_call_once_while_pages_are_made(tmp_path: Path):
    path = tmp_path / "calls.db"

    def write() -> None:
        file = HistoryFile(path)
        write_one_by_one(file, begin=2, end=300)
        file.close()

    file = HistoryFile(path)
    file.write(ended(entry(1)), {})
    file.close()
    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        seen = pairs(path)
        assert seen == [(number, number) for number in range(1, len(seen) + 1)]
    writer.join()
    assert len(pairs(path)) == 299


def test_a_writer_that_is_killed_costs_nothing_that_it_wrote(tmp_path: Path):
    path = tmp_path / "calls.db"
    code = f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from stores.test_historyfile import HistoryFile, write_one_by_one

        write_one_by_one(HistoryFile(Path({str(path)!r})), begin=1, end=100)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], timeout=DEADLINE, check=False
    )
    assert done.returncode == -signal.SIGKILL
    file = HistoryFile(path)
    write_one_by_one(file, begin=100, end=200)
    file.close()
    assert pairs(path) == [(number, number) for number in range(1, 200)]


def test_numbers_go_on_although_all_calls_were_forgotten(tmp_path: Path):
    path = tmp_path / "calls.db"
    file = HistoryFile(path)
    file.write(ended(*map(entry, range(1, 6))), {})
    file.trim(Bounds(age=-1e6))
    file.close()
    assert pairs(path) == []
    file = HistoryFile(path)
    assert file.write(ended(entry(6)), {}) == 6
    file.close()
    assert pairs(path) == [(6, 6)]
