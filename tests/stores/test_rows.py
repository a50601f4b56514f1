"""Rows go into a table in order and in one transaction, however many they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Literal

import pytest

from micro.stores.rows import TOGETHER, insert


@pytest.mark.parametrize("count", [1, TOGETHER, TOGETHER + 1, 3 * TOGETHER + 7])
def test_all_rows_are_there_in_their_order(count: int):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b)")
        insert(database, "t", ("a", "b"), [(number, str(number)) for number in range(count)])
        assert not database.in_transaction
        rows = database.execute("SELECT id, a, b FROM t ORDER BY id").fetchall()
    assert rows == [(number + 1, number, str(number)) for number in range(count)]


@pytest.mark.parametrize("isolation", ["DEFERRED", None])
def test_of_rows_that_do_not_all_fit_none_is_kept(isolation: Literal["DEFERRED"] | None):
    with closing(sqlite3.connect(":memory:", isolation_level=isolation)) as database:
        database.execute("CREATE TABLE t (a NOT NULL)")
        rows = [(1,)] * (2 * TOGETHER) + [(None,)]
        with pytest.raises(sqlite3.IntegrityError):
            insert(database, "t", ("a",), rows)
        assert not database.in_transaction
        assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)
