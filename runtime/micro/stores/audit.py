"""The audit log: one row a call, in a SQLite file of its own that refuses changes to a row.

Each row carries the chain on (``chain``), so that one that was changed all the same is found.

A record is kept when ``write`` returns. One thread writes; what comes while it commits goes into
the next commit together. A file that cannot be written stops no call: it is told as a problem.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.snapshots import AuditRecord
from micro.stores.chain import COLUMNS, FIRST, link, to_row

LOCK_WAIT = 2.0
"""Seconds that a commit waits for another program that holds the file."""
FAILING_WAIT = 0.05
"""The same once a commit has failed: calls do not wait again and again."""

_COLUMNS = (*COLUMNS, "hash")
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS)});
CREATE TRIGGER IF NOT EXISTS audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_numbers BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
"""
_INSERT = f"INSERT INTO audit ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


@dataclass(slots=True)
class _Waiting:
    record: AuditRecord
    kept: asyncio.Future[None]


class AuditLog:
    """Appends records to ``path``; ``open`` it before use and ``close`` it after.

    Args:
        path: The SQLite file; its folder exists.
        on_problem: Told, on the event loop's thread, when the file cannot be used or can again.
        durability: Whether a record outlives this process alone, or a loss of power too: then each
            commit waits for the disk.
    """

    def __init__(
        self,
        path: Path,
        on_problem: Callable[[StoreUnusable], None],
        *,
        durability: Durability = "process",
    ) -> None:
        self._path = path
        self._durability: Durability = durability
        self._on_problem = on_problem
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._work, name="micro-audit", daemon=True)
        self._database: sqlite3.Connection | None = None
        self._head = FIRST
        self._lost = 0
        self._closed = False

    def open(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    async def write(self, record: AuditRecord) -> None:
        """Keep a record; returns once it is committed, or could not be, which is told."""
        if self._closed:
            self._on_problem(StoreUnusable("a call ended after the audit log was closed"))
            return
        waiting = _Waiting(record, self._loop.create_future())
        self._queue.put(waiting)
        await waiting.kept

    def close(self) -> None:
        """Commit what is queued and end the thread; bounded by ``LOCK_WAIT``."""
        self._closed = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join(LOCK_WAIT + 1)

    def _work(self) -> None:
        while True:
            batch = self._take_batch()
            waiting = [item for item in batch if item is not None]
            if waiting:
                self._commit(waiting)
            if len(waiting) < len(batch):
                break
        if self._database is not None:
            self._database.close()

    def _take_batch(self) -> list[_Waiting | None]:
        batch = [self._queue.get()]
        while True:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                return batch

    def _commit(self, waiting: list[_Waiting]) -> None:
        """Keep records, and let who waits for them go on, whatever happens to the file."""
        try:
            self._insert([item.record for item in waiting])
        except Exception as error:
            self._fail(error, len(waiting))
        else:
            self._recover()
        self._call(_release, [item.kept for item in waiting])

    def _insert(self, records: list[AuditRecord]) -> None:
        try:
            self._append(records)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._put_aside(error)
            self._append(records)

    def _append(self, records: list[AuditRecord]) -> None:
        if self._database is None:
            lock_wait = FAILING_WAIT if self._lost else LOCK_WAIT
            self._database = _open(self._path, lock_wait, self._durability)
            self._head = _head(self._database)
        head, rows = self._head, list[tuple[object, ...]]()
        for record in records:
            head = link(head, record)
            rows.append((*to_row(record), head))
        with self._database:
            self._database.executemany(_INSERT, rows)
        self._head = head

    def _put_aside(self, error: sqlite3.DatabaseError) -> None:
        """Move a damaged file away, with all that belongs to it, and tell."""
        self._disconnect()
        aside = self._path.with_name(f"{self._path.name}.corrupt-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.rename(f"{self._path}{suffix}", f"{aside}{suffix}")
        problem = StoreUnusable(
            f"the audit log {self._path.name} is damaged ({error}); a new one was begun",
            mend=f"look into {aside} and keep or delete it",
        )
        self._call(self._on_problem, problem)

    def _fail(self, error: Exception, lost: int) -> None:
        """Count what is lost, and tell the first time; the file is opened anew for the next."""
        self._disconnect()
        if not self._lost:
            problem = StoreUnusable(
                f"audit records cannot be kept: {self._path}: {error}",
                mend="free the disk or end the program that holds the file; calls go on meanwhile",
            )
            self._call(self._on_problem, problem)
        self._lost += lost

    def _recover(self) -> None:
        """Tell that records are kept again, and how many were not."""
        if self._lost:
            told = f"audit records are kept again; {self._lost} of them were lost"
            self._call(self._on_problem, StoreUnusable(told))
            self._lost = 0
            if self._database is not None:
                self._database.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000:.0f}")

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _call(self, function: Callable[[Any], None], argument: object) -> None:
        """Run a function on the event loop's thread; nothing once the loop is closed."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, argument)


def _open(path: Path, lock_wait: float, durability: Durability) -> sqlite3.Connection:
    # Made here, so that the file and what SQLite puts beside it are their owner's from the start.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    database = sqlite3.connect(path, timeout=lock_wait)
    try:
        columns = {row[1] for row in database.execute("PRAGMA table_info(audit)")}
        if columns and columns != {"seq", *_COLUMNS}:
            # Of another version: it is as good as damaged, and put aside like that.
            raise _of_another_version()
        database.executescript(_SCHEMA)
        if durability == "power":
            database.execute("PRAGMA synchronous = FULL")
    except BaseException:
        database.close()
        raise
    return database


def _of_another_version() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("it is of another version of micro")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _head(database: sqlite3.Connection) -> str:
    """Give the hash of the last row, with which the chain goes on."""
    row = database.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return row[0] if row else FIRST


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no database, or a broken one; a full disk or a lock is neither."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _release(kept: list[asyncio.Future[None]]) -> None:
    for future in kept:
        if not future.done():
            future.set_result(None)
