"""Shows who reads the audit log the records too that are still in journals beside it.

They are given the numbers and hashes that they will have in the file. Nothing is changed here: the
view lies in the reader's own memory.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from micro.stores.chain import FIRST, carry_on
from micro.stores.journal import JournalDamaged, journals, read_journal
from micro.stores.rows import put

_COLUMNS = ("seq", "record", "hash")
_NAMES = ", ".join(_COLUMNS)
_UNFOLDED = f"SELECT {_NAMES} FROM temp.unfolded"
_LAST = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
_HAS_TABLES = "SELECT count(*) = 2 FROM sqlite_master WHERE name IN ('audit', 'folded')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """What one journal held when it was read; ``is_whole``: as it was written."""

    journal: str
    texts: tuple[bytes, ...]
    is_whole: bool


def read_unfolded(log: Path) -> list[Unfolded]:
    """Read the journals beside a log, oldest first.

    Read the log's file after that: what was taken in meanwhile is there.
    """
    found = list[Unfolded]()
    for journal in journals(log):
        texts, is_whole = list[bytes](), True
        try:
            for some in read_journal(journal):
                texts += some
        except JournalDamaged:
            is_whole = False
        except OSError:
            continue  # it was taken in meanwhile
        found.append(Unfolded(journal=journal.name, texts=tuple(texts), is_whole=is_whole))
    return found


def show(database: sqlite3.Connection, found: list[Unfolded]) -> int | None:
    """Let queries of ``audit`` on this connection find records of journals too.

    Returns:
        The number at which a journal is not as it was written, if one is not.
    """
    database.execute("BEGIN")  # one state of the file for all that follows
    (is_made,) = database.execute(_HAS_TABLES).fetchone()
    names, view, (number, head) = set[str](), _UNFOLDED, (0, FIRST)
    if is_made:
        names = {name for (name,) in database.execute("SELECT journal FROM folded")}
        view = f"SELECT {_NAMES} FROM main.audit UNION ALL {_UNFOLDED}"
        number, head = database.execute(_LAST).fetchone() or (number, head)
    rows, broken = list[tuple[object, ...]](), None
    for each in found:
        if each.journal in names:
            continue
        for row in carry_on(head, each.texts):
            number, head = number + 1, row[1]
            rows.append((number, *row))
        if not each.is_whole and broken is None:
            broken = number + 1
    database.execute("CREATE TEMP TABLE unfolded (seq INTEGER PRIMARY KEY, record, hash)")
    put(database, "temp.unfolded", _COLUMNS, rows)
    database.execute(f"CREATE TEMP VIEW audit AS {view}")
    return broken
