"""Puts rows into a table of SQLite in few steps, each of which lets other threads run meanwhile.

A statement for each row would give the interpreter away and fight for it again with every one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

TOGETHER = 100
"""Rows that one statement takes: more of them cost the statements' memory, and gain nothing."""


def insert(
    database: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows in one transaction; of few rows, in one step with it."""
    with database:
        if len(rows) > TOGETHER:
            database.execute("BEGIN")
        put(database, table, columns, rows)


def put(
    database: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows in the transaction that is open, if one is."""
    for start in range(0, len(rows), TOGETHER):
        part = rows[start : start + TOGETHER]
        values = [*chain.from_iterable(part)]
        database.execute(_statement(table, columns, len(part)), values)


@lru_cache(maxsize=2 * TOGETHER)
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"
