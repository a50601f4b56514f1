"""The history's SQLite file: rows of calls, which become pages once there are enough.

For the one thread that writes. What becomes of calls that cannot be written is in ``history``, how
they are found in ``past``.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from micro.stores.pages import COLUMNS, Ended, amended, divide, pack
from micro.stores.rows import put

LOCK_WAIT = 2.0

_VERSION = 3
"""Of what is in a row: calls of another one are forgotten."""
_COLUMNS = ("last", "size", "until", *COLUMNS)
# "last": the number of the page's last call; "size": the bytes of all pages so far, those that are
# forgotten too; "until": when the latest of the calls began.
_Row = tuple[int, int, float, bytes, bytes, bytes, bytes]
_End = tuple[int, int]
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS calls (
    last INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS[1:])}
);
PRAGMA user_version = {_VERSION};
"""
_LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'calls'"
_SIZE = "SELECT size FROM calls ORDER BY last DESC LIMIT 1"
_WITHOUT_BEGUN = "DELETE FROM calls WHERE last > ?"
_PAGE_WITH = "SELECT last, rest FROM calls WHERE last >= ? ORDER BY last LIMIT 1"
# Reads no more than what it deletes, and the first row that may stay.
_TRIM = """DELETE FROM calls WHERE last < coalesce(
    (SELECT last FROM calls WHERE until >= ? AND last > ? AND size > ? ORDER BY last LIMIT 1), ?
)"""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: a number of calls, seconds, and bytes; and what else is in their pages."""

    calls: int = 100_000
    age: float = 7 * 86400.0
    size: int = 256 * 1024 * 1024


class HistoryFile:
    """Writes one file, which is made with the first call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection | None = None
        self._end: _End = (0, 0)
        self._full_end: _End = (0, 0)
        """Number and size of the last row; and of the last one that is a full page."""
        self._begun: Sequence[Ended] = ()
        """The calls between these two."""

    def write(self, calls: Sequence[Ended], late: Mapping[int, bytes]) -> int:
        """Commit calls, and what came later of others, by their numbers.

        Returns:
            The number of the last call; those before it count up to it.

        Raises:
            UnicodeEncodeError: A text of a call is none.
            Exception: Nothing was written.
        """
        database = self._connected()
        with database:
            database.execute("BEGIN IMMEDIATE")
            self._look(database)
            full, begun = divide([*self._begun_with(late), *calls])
            if full:  # what was begun is written again with it, this once
                database.execute(_WITHOUT_BEGUN, self._full_end[:1])
                rows = _rows(self._full_end, [*full, begun] if begun else full)
            else:
                rows = _rows(self._end, [calls] if calls else [])
            put(database, "calls", _COLUMNS, rows)
            for number, rest in late.items():
                _amend(database, number, rest)
        self._full_end = rows[len(full) - 1][:2] if full else self._full_end
        self._end = rows[-1][:2] if rows else self._end
        self._begun = begun
        return self._end[0]

    def trim(self, bounds: Bounds) -> None:
        """Forget the oldest pages of which nothing is within the bounds.

        Raises:
            sqlite3.Error: They are there still.
        """
        if self._database is None:
            return
        last, size = self._end
        least = (time.time() - bounds.age, last - bounds.calls, size - bounds.size)
        with self._database as database:
            database.execute(_TRIM, (*least, last + 1))

    def close(self) -> None:
        """Close the file; it is opened again for the next call."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _begun_with(self, late: Mapping[int, bytes]) -> list[Ended]:
        """Give the calls of the page that was begun, with what came later of them."""
        return [
            (entry, late.get(number, rest))
            for number, (entry, rest) in enumerate(self._begun, self._full_end[0] + 1)
        ]

    def _connected(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = _open(self._path)
        return self._database

    def _look(self, database: sqlite3.Connection) -> None:
        """Go on after what is in the file, whoever wrote it: another runtime may end meanwhile."""
        (last,) = database.execute(_LAST).fetchone() or (0,)
        if last != self._end[0]:
            (size,) = database.execute(_SIZE).fetchone() or (0,)
            self._end = self._full_end = (last, size)
            self._begun = ()


def _rows(end: _End, pages: Sequence[Sequence[Ended]]) -> list[_Row]:
    """Give the rows of pages that follow upon a number and a size."""
    rows, (number, size) = list[_Row](), end
    for page in pages:
        until, columns = pack(page)
        number, size = number + len(page), size + sum(map(len, columns))
        rows.append((number, size, until, *columns))
    return rows


def _amend(database: sqlite3.Connection, number: int, rest: bytes) -> None:
    """Write what came later of a call in a page that is full, if it is still there."""
    for last, column in database.execute(_PAGE_WITH, [number]).fetchall():
        with suppress(IndexError):  # its own page was forgotten meanwhile
            changed = amended(column, last - number, rest)
            database.execute("UPDATE calls SET rest = ? WHERE last = ?", [changed, last])


def _open(path: Path) -> sqlite3.Connection:
    # Made here, so that the file and what SQLite puts beside it are their owner's from the start.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, timeout=LOCK_WAIT, isolation_level=None)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            database.execute("DROP TABLE IF EXISTS calls")
        database.executescript(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database
