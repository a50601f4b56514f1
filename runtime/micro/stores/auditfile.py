"""The audit log's SQLite file: rows that carry the chain on, in a table that refuses changes.

For the one thread that writes. A damaged file is put aside and told, and a new one begun. Who waits
for records to be here, and what becomes of them if they cannot be, is in ``audit``.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.snapshots import AuditRecord
from micro.stores.chain import FIRST, carry_on, text_of
from micro.stores.journal import JournalDamaged, is_finished, journals, read_journal
from micro.stores.rows import insert, put

LOCK_WAIT = 2.0
"""Seconds that a commit waits for another program that holds the file."""
FAILING_WAIT = 0.05
"""The same once a commit has failed: calls do not wait again and again."""
REMEMBERED = 1_000
"""Journals of which it is known that they were taken in: a reader may still have one."""

_COLUMNS = ("record", "hash")
# Large pages: SQLite writes each twice, in as many steps as there are pages.
_SCHEMA = f"""
PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
PRAGMA wal_autocheckpoint = 250;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(_COLUMNS)});
CREATE TABLE IF NOT EXISTS folded (number INTEGER PRIMARY KEY, journal TEXT UNIQUE);
CREATE TRIGGER IF NOT EXISTS audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_numbers BEFORE INSERT ON audit
WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are immutable'); END;
"""
_IS_KNOWN = "SELECT 1 FROM folded WHERE journal = ?"
_REMEMBER = "INSERT INTO folded (journal) VALUES (?)"
_FORGET = "DELETE FROM folded WHERE number <= last_insert_rowid() - ?"


class AuditFile:
    """Writes one file.

    Args:
        path: The file; its folder exists.
        durability: Whether a commit waits for the disk.
        tell: Told of damage.
    """

    def __init__(
        self, path: Path, durability: Durability, *, tell: Callable[[StoreUnusable], None]
    ) -> None:
        self._path = path
        self._durability: Durability = durability
        self._tell = tell
        self._database: sqlite3.Connection | None = None
        self._head = FIRST
        self._fails = False

    def append(self, records: Sequence[AuditRecord]) -> None:
        """Commit records; of damage that shows, make the best.

        Raises:
            Exception: None of them is in the file.
        """
        self._try(lambda database: self._append(database, records))

    def take_in(self) -> None:
        """Commit what is in journals that nobody writes any more, and remove those.

        The file is made if it is not there.

        Raises:
            Exception: Some are there still, and nothing of them is in the file.
        """
        self._try(_look)
        for journal in journals(self._path):
            if is_finished(journal):
                self._try(lambda database, each=journal: self._fold(database, each))
                journal.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _try(self, work: Callable[[sqlite3.Connection], None]) -> None:
        try:
            try:
                work(self._connected())
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._put_aside(error)
                work(self._connected())
        except BaseException:
            self._fails = True
            self.close()
            raise
        if self._fails:
            self._fails = False
            self._connected().execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000:.0f}")

    def _append(self, database: sqlite3.Connection, records: Sequence[AuditRecord]) -> None:
        rows = carry_on(self._head, map(text_of, records))
        insert(database, "audit", _COLUMNS, rows)
        self._head = rows[-1][1]

    def _fold(self, database: sqlite3.Connection, journal: Path) -> None:
        """Take one journal in, in one transaction; one that was taken in before is passed over."""
        head, damage = self._head, None
        with database:
            database.execute("BEGIN IMMEDIATE")
            if database.execute(_IS_KNOWN, [journal.name]).fetchone():
                return
            try:
                for texts in read_journal(journal):
                    if rows := carry_on(head, texts):
                        put(database, "audit", _COLUMNS, rows)
                        head = rows[-1][1]
            except JournalDamaged as error:
                damage = error
            database.execute(_REMEMBER, [journal.name])
            database.execute(_FORGET, [REMEMBERED])
        self._head = head
        if damage is not None:
            self._put_journal_aside(journal, damage)

    def _connected(self) -> sqlite3.Connection:
        if self._database is None:
            lock_wait = FAILING_WAIT if self._fails else LOCK_WAIT
            self._database = open_file(self._path, lock_wait, self._durability)
            self._head = _head(self._database)
        return self._database

    def _put_aside(self, error: sqlite3.DatabaseError) -> None:
        """Move a damaged file away, with all that belongs to it, and tell."""
        self.close()
        aside = self._path.with_name(f"{self._path.name}.corrupt-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.rename(f"{self._path}{suffix}", f"{aside}{suffix}")
        self._tell(
            StoreUnusable(
                f"the audit log {self._path.name} is damaged ({error}); a new one was begun",
                mend=f"look into {aside} and keep or delete it",
            )
        )

    def _put_journal_aside(self, journal: Path, damage: Exception) -> None:
        """Keep what could not be taken in, for somebody to look at, and tell."""
        aside = journal.with_name(f"{journal.name}.corrupt")
        journal.rename(aside)
        self._tell(
            StoreUnusable(
                f"audit records are missing: {journal.name} is damaged ({damage})",
                mend=f"look into {aside}, and keep or delete it",
            )
        )


def _look(database: sqlite3.Connection) -> None:
    """Do nothing with a file that could be opened."""


def open_file(path: Path, lock_wait: float, durability: Durability) -> sqlite3.Connection:
    """Open the file, or make it.

    Raises:
        sqlite3.DatabaseError: It cannot be, or is none.
        OSError: It cannot be.
    """
    # Made here, so that the file and what SQLite puts beside it are their owner's from the start.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
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
