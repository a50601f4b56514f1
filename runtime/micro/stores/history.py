"""The calls that have ended, whole, in SQLite: what the ledger in memory forgets at the end.

Written in batches by a thread of its own. A call is never held up: what the thread has no time for
is dropped, the oldest first, and counted. Bounded by number, age and size.
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
from micro.snapshots import CallDetail
from micro.stores.rows import insert

WAITING = 20_000
"""Calls that wait to be written; the oldest are dropped beyond that."""
PAUSE = 0.2
"""Seconds between two batches."""
BATCH = 2_000
RECENT = 4_000
"""Calls whose later log lines are added to what was written of them."""
TRIM_EVERY = 10.0
"""Seconds between two looks for what is too much; the last is at the end."""
LOCK_WAIT = 2.0

_COLUMNS = (
    *("time", "tool", "door", "client", "subject", "trace_id", "outcome", "reason", "duration"),
    *("generation", "arguments", "result", "size", "detail"),
)
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS)}
);
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (time);
CREATE INDEX IF NOT EXISTS calls_by_trace ON calls (trace_id);
"""
_TRIM = """DELETE FROM calls WHERE time < ? OR id <= (SELECT max(id) FROM calls) - ? OR id <= (
    SELECT coalesce(max(id), 0) FROM (
        SELECT id, sum(size) OVER (ORDER BY id DESC) AS total FROM calls
    ) WHERE total > ?
)"""

_UPDATE = """UPDATE calls SET detail = ?
WHERE trace_id = ? AND json_extract(detail, '$.view.span_id') = ?"""

_encode = msgspec.json.Encoder().encode


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: a number of calls, seconds, and characters."""

    calls: int = 100_000
    age: float = 7 * 86400.0
    size: int = 256 * 1024 * 1024


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
        self._waiting: OrderedDict[str, CallDetail] = OrderedDict()
        self._written: OrderedDict[str, None] = OrderedDict()
        self._ending = Event()
        self._thread = Thread(target=self._work, name="micro-history", daemon=True)
        self._is_told = False
        self._trimmed_at = 0.0
        self.dropped = 0

    def open(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def add(self, detail: CallDetail) -> None:
        """Keep a call that has ended, or keep it as it is now. Returns at once."""
        if len(self._waiting) >= WAITING:
            self._waiting.popitem(last=False)
            self.dropped += 1
        self._waiting[detail.view.span_id] = detail

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
                    database = database or _open(self._path)
                    self._write(database)
                    self._is_told = False
                if database is not None:
                    self._trim(database, ending=ending)
            except (sqlite3.Error, OSError) as error:
                database = self._fail(database, error)
        if database is not None:
            database.close()

    def _write(self, database: sqlite3.Connection) -> None:
        while self._waiting:
            fresh, late = list[CallDetail](), list[CallDetail]()
            for _ in range(min(BATCH, len(self._waiting))):
                span, detail = self._waiting.popitem(last=False)
                (late if span in self._written else fresh).append(detail)
                self._written[span] = None
            insert(database, "calls", _COLUMNS, [_row(detail) for detail in fresh])
            for detail in late:
                database.execute(
                    _UPDATE, [_rest(detail), detail.view.trace_id, detail.view.span_id]
                )
            while len(self._written) > RECENT:
                self._written.popitem(last=False)

    def _trim(self, database: sqlite3.Connection, *, ending: bool) -> None:
        if not ending and time.monotonic() - self._trimmed_at < TRIM_EVERY:
            return
        bounds = self._bounds
        with database:
            database.execute(_TRIM, (time.time() - bounds.age, bounds.calls, bounds.size))
        self._trimmed_at = time.monotonic()

    def _fail(self, database: sqlite3.Connection | None, error: Exception) -> None:
        """Drop what waits, and tell the first time; the file is opened anew for the next batch."""
        if database is not None:
            database.close()
        self.dropped += len(self._waiting)
        self._waiting.clear()
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
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=LOCK_WAIT, isolation_level=None)
    try:
        database.executescript(SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _row(detail: CallDetail) -> tuple[object, ...]:
    view, rest = detail.view, _rest(detail)
    return (
        view.time,
        view.tool,
        view.door,
        view.client,
        view.subject,
        view.trace_id,
        view.outcome,
        view.reason,
        view.duration,
        view.generation,
        detail.arguments,
        detail.result,
        len(rest) + len(detail.arguments) + len(detail.result),
        rest,
    )


def _rest(detail: CallDetail) -> str:
    """Write what has no column of its own."""
    return _encode(msgspec.structs.replace(detail, arguments="", result="")).decode()
