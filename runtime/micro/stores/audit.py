"""The audit log: one row a call, in a SQLite file of its own that refuses changes to a row.

A record is kept when ``write`` returns. One thread writes; what comes while it commits goes into
the next commit together. A file that cannot be written stops no call: it is told as a problem.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

from micro.errors import StoreUnusable
from micro.snapshots import AuditRecord

LOCK_WAIT = 2.0
"""Seconds that a commit waits for another program that holds the file."""

_COLUMNS = AuditRecord.__struct_fields__
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS)});
CREATE TRIGGER IF NOT EXISTS audit_keeps_rows BEFORE DELETE ON audit
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
    """

    def __init__(self, path: Path, on_problem: Callable[[StoreUnusable], None]) -> None:
        self._path = path
        self._on_problem = on_problem
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._work, name="micro-audit", daemon=True)
        self._database: sqlite3.Connection | None = None
        self._failing = False

    def open(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    async def write(self, record: AuditRecord) -> None:
        """Keep a record; returns once it is committed, or could not be, which is told."""
        waiting = _Waiting(record, self._loop.create_future())
        self._queue.put(waiting)
        await waiting.kept

    def close(self) -> None:
        """Commit what is queued and end the thread; bounded by ``LOCK_WAIT``."""
        self._queue.put(None)
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
        try:
            if self._database is None:
                self._database = self._connect()
            rows = [_row(item.record) for item in waiting]
            with self._database:
                self._database.executemany(_INSERT, rows)
            self._failing = False
        except sqlite3.Error as error:
            self._tell_once(error, len(waiting))
        self._call(_release, [item.kept for item in waiting])

    def _connect(self) -> sqlite3.Connection:
        """Open the file; one that is no database is put aside, with its content, and told."""
        try:
            return _open(self._path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = self._path.with_name(f"{self._path.name}.corrupt-{time.time_ns()}")
            self._path.rename(aside)
            problem = StoreUnusable(
                f"the audit log {self._path.name} is damaged ({error}); a new one was begun",
                mend=f"look into {aside} and keep or delete it",
            )
            self._call(self._on_problem, problem)
            return _open(self._path)

    def _tell_once(self, error: sqlite3.Error, lost: int) -> None:
        if not self._failing:
            self._failing = True
            problem = StoreUnusable(
                f"{lost} audit records could not be kept: {self._path}: {error}",
                mend="free the disk or end the program that holds the file; calls go on meanwhile",
            )
            self._call(self._on_problem, problem)

    def _call(self, function: Callable[[Any], None], argument: object) -> None:
        """Run a function on the event loop's thread; nothing once the loop is closed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, argument)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=LOCK_WAIT)
    try:
        database.executescript(_SCHEMA)
        path.chmod(0o600)
    except BaseException:
        database.close()
        raise
    return database


def _row(record: AuditRecord) -> tuple[object, ...]:
    values: dict[str, object] = msgspec.structs.asdict(record)
    values["scopes_required"] = " ".join(record.scopes_required)
    values["scopes_held"] = " ".join(record.scopes_held)
    return tuple(values.values())


def _release(kept: list[asyncio.Future[None]]) -> None:
    for future in kept:
        if not future.done():
            future.set_result(None)
