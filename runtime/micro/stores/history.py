"""The calls that have ended, whole, in SQLite: what the ledger in memory forgets at the end.

A call is made into bytes as it ends, and written in batches by a thread of its own. It is never
held up: what the thread has no time for is dropped, the oldest first, and counted. Bounded by
number, age and size.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import msgspec

from micro.errors import StoreUnusable
from micro.stores.entries import Entry
from micro.stores.rows import put

WAITING = 20_000
"""Calls that wait to be written; the oldest are dropped beyond that."""
PAUSE = 0.2
"""Seconds between two batches."""
BATCH = 2_000
RECENT = 4_000
"""Calls whose later log lines are added to what was written of them, or some more."""
TRIM_EVERY = 10.0
"""Seconds between two looks for what is too much; the last is at the end."""
LOCK_WAIT = 2.0

_VERSION = 2
"""Of what is in a row: calls of another one are forgotten."""
_COLUMNS = ("time", "before", "call")
# "before": the bytes of all calls before it, those that are forgotten too.
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS)});
PRAGMA user_version = {_VERSION};
"""
_SIZE = "SELECT before + length(call) FROM calls ORDER BY id DESC LIMIT 1"
_UPDATE = "UPDATE calls SET call = ? WHERE id = ?"
# Reads no more than what it deletes, and the first row that may stay.
_TRIM = """DELETE FROM calls WHERE id < coalesce(
    (
        SELECT id FROM calls
        WHERE time >= ? AND id > (SELECT max(id) FROM calls) - ? AND before >= ?
        ORDER BY id LIMIT 1
    ),
    (SELECT max(id) + 1 FROM calls)
)"""

_encode = msgspec.msgpack.Encoder().encode


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: a number of calls, seconds, and bytes."""

    calls: int = 100_000
    age: float = 7 * 86400.0
    size: int = 256 * 1024 * 1024


_Ended = tuple[float, bytes]
"""When a call began, and all of it."""


class History:
    """Writes ended calls to ``path``; ``open`` it before use and ``close`` it after.

    Args:
        path: The SQLite file; its folder exists.
        bounds: How much is kept.
        on_problem: Told once, in the thread that writes, if the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        bounds: Bounds | None = None,
        on_problem: Callable[[StoreUnusable], None],
    ) -> None:
        self._path = path
        self._bounds = bounds or Bounds()
        self._on_problem = on_problem
        self._waiting: OrderedDict[str, _Ended] = OrderedDict()
        self._written: OrderedDict[str, int] = OrderedDict()
        self._size = 0
        self._ending = Event()
        self._thread = Thread(target=self._work, name="micro-history", daemon=True)
        self._is_told = False
        self._trimmed_at = 0.0
        self.dropped = 0

    def open(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Keep a call that has ended, or keep it as it is now. Returns at once."""
        try:
            call = _encode(entry)
        except UnicodeEncodeError:  # a text in it is none
            self.dropped += 1
            return
        if len(self._waiting) >= WAITING:
            self._waiting.popitem(last=False)
            self.dropped += 1
        self._waiting[entry.rest.span_id] = entry.time, call

    def close(self) -> None:
        """Write what waits and end the thread; bounded by ``LOCK_WAIT``."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(LOCK_WAIT + 1)

    def _work(self) -> None:
        database: sqlite3.Connection | None = None
        ending = False
        while not ending:
            ending = self._ending.wait(PAUSE)
            try:
                if self._waiting:
                    database = database or self._opened()
                    self._write(database)
                    self._is_told = False
                if database is not None:
                    self._trim(database, ending=ending)
            except (sqlite3.Error, OSError) as error:
                database = self._fail(database, error)
        if database is not None:
            database.close()

    def _opened(self) -> sqlite3.Connection:
        database = _open(self._path)
        (self._size,) = database.execute(_SIZE).fetchone() or (0,)
        return database

    def _write(self, database: sqlite3.Connection) -> None:
        while self._waiting:
            spans, fresh, late = list[str](), list[tuple[object, ...]](), list[tuple[bytes, int]]()
            for _ in range(min(BATCH, len(self._waiting))):
                span, (began, call) = self._waiting.popitem(last=False)
                if number := self._written.get(span):
                    late.append((call, number))
                else:
                    spans.append(span)
                    fresh.append((began, self._size, call))
                    self._size += len(call)
            try:
                with database:
                    database.execute("BEGIN")
                    put(database, "calls", _COLUMNS, fresh)
                    self._remember(database, spans)
                    database.executemany(_UPDATE, late)
            except sqlite3.Error:
                self.dropped += len(fresh)
                raise

    def _remember(self, database: sqlite3.Connection, spans: list[str]) -> None:
        """Know by what numbers calls were written that may get more lines: the last ones."""
        (last,) = database.execute("SELECT last_insert_rowid()").fetchone()
        self._written.update(zip(spans, range(last - len(spans) + 1, last + 1), strict=True))
        while len(self._written) > RECENT:
            self._written.popitem(last=False)

    def _trim(self, database: sqlite3.Connection, *, ending: bool) -> None:
        if not ending and time.monotonic() - self._trimmed_at < TRIM_EVERY:
            return
        bounds = self._bounds
        oldest = time.time() - bounds.age
        with database:
            database.execute(_TRIM, (oldest, bounds.calls, self._size - bounds.size))
        self._trimmed_at = time.monotonic()

    def _fail(self, database: sqlite3.Connection | None, error: Exception) -> None:
        """Drop what waits, and tell the first time; the file is opened anew for the next batch."""
        if database is not None:
            database.close()
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._written.clear()  # what was rolled back gives its numbers to others
        if not self._is_told:
            self._is_told = True
            self._on_problem(
                StoreUnusable(
                    f"calls cannot be kept in {self._path}: {error}",
                    mend="free the disk, or remove a damaged file; calls go on meanwhile",
                )
            )


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
