"""The audit log: one row a call, in a SQLite file of its own that refuses changes to a row.

Each row carries the chain on (``chain``), so that one that was changed all the same is found.

A record is kept when ``write`` returns. One thread writes; what comes while it commits goes into
the next commit together. A file that cannot be written stops no call: it is told as a problem.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.snapshots import AuditRecord
from micro.stores.chain import COLUMNS, FIRST, link, to_row
from micro.stores.handover import Handover
from micro.stores.rows import insert

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


class _Waiting:
    """A record on its way to the file."""

    __slots__ = ("is_kept", "record")

    def __init__(self, record: AuditRecord) -> None:
        self.record = record
        self.is_kept = False


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
        self._database: sqlite3.Connection | None = None
        self._head = FIRST
        self._lost = 0
        self._closed = False
        self._handover = Handover[_Waiting](
            self._commit, name="micro-audit", at_end=self._disconnect
        )

    def open(self) -> None:
        """Start the thread that writes."""
        self._handover.open()

    async def write(self, record: AuditRecord) -> bool:
        """Keep a record; returns once it is committed, or false if it could not be, as is told."""
        if self._closed:
            self._on_problem(StoreUnusable("a call ended after the audit log was closed"))
            return False
        waiting = _Waiting(record)
        await self._handover.put(waiting)
        return waiting.is_kept

    def close(self) -> None:
        """Commit what is queued and end the thread; bounded by ``LOCK_WAIT``."""
        self._closed = True
        self._handover.close(LOCK_WAIT + 1)

    def _commit(self, group: list[_Waiting]) -> None:
        """Keep records; who waits for them goes on afterwards, whatever happens to the file."""
        try:
            self._insert([waiting.record for waiting in group])
        except Exception as error:
            self._fail(error, len(group))
        else:
            for waiting in group:
                waiting.is_kept = True
            self._recover()

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
        insert(self._database, "audit", _COLUMNS, rows)
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
        self._handover.tell(self._on_problem, problem)

    def _fail(self, error: Exception, lost: int) -> None:
        """Count what is lost, and tell the first time; the file is opened anew for the next."""
        self._disconnect()
        if not self._lost:
            problem = StoreUnusable(
                f"audit records cannot be kept: {self._path}: {error}",
                mend="free the disk, or end the program that holds the file",
            )
            self._handover.tell(self._on_problem, problem)
        self._lost += lost

    def _recover(self) -> None:
        """Tell that records are kept again, and how many were not."""
        if self._lost:
            told = f"audit records are kept again; {self._lost} of them were lost"
            self._handover.tell(self._on_problem, StoreUnusable(told))
            self._lost = 0
            if self._database is not None:
                self._database.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000:.0f}")

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _open(path: Path, lock_wait: float, durability: Durability) -> sqlite3.Connection:
    # Made here, so that the file and what SQLite puts beside it are their owner's from the start.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    database = sqlite3.connect(path, timeout=lock_wait, isolation_level=None)
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
