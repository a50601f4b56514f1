"""Reads the audit log while it is written, or afterwards: newest, by filter, or all of it.

Opens the file for reading alone, so that nothing here can change it; what is kept beside it still
(``unfolded``) is read with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from micro.errors import StoreUnusable
from micro.snapshots import AuditRecord
from micro.stores.chain import Verdict, follow, record_of
from micro.stores.unfolded import read_unfolded, show

_PAGE = 500
_TEXT = "coalesce(CAST(record AS BLOB), x'')"
"""A record's text as it stands there, whatever somebody made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which records are wanted; what is empty asks for nothing.

    Attributes:
        tool: Canonical name or glob, as ``orders.*``.
        since: Seconds since the epoch.
    """

    tool: str = ""
    subject: str = ""
    outcome: str = ""
    reason: str = ""
    trace_id: str = ""
    since: float = 0.0

    def where(self) -> tuple[str, list[object]]:
        """Give the condition and what fills its places."""
        terms, values = list[str](), list[object]()
        if self.tool:
            terms.append(f"{_value_of('tool')} GLOB ?")
            values.append(self.tool)
        for name in ("subject", "outcome", "reason", "trace_id"):
            if value := getattr(self, name):
                terms.append(f"{_value_of(name)} = ?")
                values.append(value)
        if self.since:
            terms.append(f"{_value_of('time')} >= ?")
            values.append(self.since)
        return " AND ".join(terms) or "1", values


class AuditReader:
    """Reads one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, wanted: Filter, limit: int) -> list[tuple[int, AuditRecord]]:
        """Give the newest records that fit, oldest first, each with its number.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        where, values = wanted.where()
        query = f"SELECT seq, {_TEXT} FROM audit WHERE {where} ORDER BY seq DESC LIMIT ?"
        with self._opened() as (database, _):
            rows = database.execute(query, [*values, limit]).fetchall()
            return [(number, record_of(text)) for number, text in reversed(rows)]

    def after(self, number: int, wanted: Filter) -> Generator[tuple[int, AuditRecord]]:
        """Yield the records that fit and came after the one of a number, oldest first.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        where, values = wanted.where()
        query = f"SELECT seq, {_TEXT} FROM audit WHERE seq > ? AND {where} ORDER BY seq LIMIT ?"
        with self._opened() as (database, _):
            while rows := database.execute(query, [number, *values, _PAGE]).fetchall():
                for number, text in rows:
                    yield number, record_of(text)

    def verify(self) -> Verdict:
        """Follow the chain from the first row to the last that is there now.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        query = f"SELECT seq, hash, {_TEXT} FROM audit ORDER BY seq"
        with self._opened() as (database, broken):
            verdict = follow(database.execute(query))
        if verdict.broken is None and broken is not None:
            return replace(verdict, broken=broken)
        return verdict

    def has(self, hash: str) -> bool:
        """Tell whether a row has this hash.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as (database, _):
            found = database.execute("SELECT 1 FROM audit WHERE hash = ?", [hash]).fetchone()
        return found is not None

    @contextmanager
    def _opened(self) -> Generator[tuple[sqlite3.Connection, int | None]]:
        """Open the file, and say at which number what lies beside it breaks, if it does."""
        unfolded, address = read_unfolded(self._path), "file::memory:"
        if self._path.is_file():
            address = f"{self._path.as_uri()}?mode=ro"
        elif not unfolded:
            raise StoreUnusable(
                f"there is no audit log at {self._path}", mend="make a call first: micro dev"
            )
        try:
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
                yield database, show(database, unfolded) if unfolded else None
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise StoreUnusable(
                f"the audit log {self._path} cannot be read: {error}",
                mend="look for a copy beside it, named audit.db.corrupt-*",
            ) from error


def _value_of(name: str) -> str:
    return f"json_extract(record, '$.{name}')"
