"""Reads the calls that have ended, while more are written or afterwards.

Opens the file for reading alone. Numbers are the file's own: they go on over restarts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from micro.errors import StoreUnusable
from micro.snapshots import CallDetail
from micro.stores.entries import Entry

_PAGE = 200
_decode = msgspec.msgpack.Decoder(Entry).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted; what is empty asks for nothing.

    Attributes:
        tool: Canonical name or glob, as ``orders.*``.
        since: Seconds since the epoch.
        text: Has to be in the arguments or the result, whatever the case of its letters.
    """

    tool: str = ""
    subject: str = ""
    outcome: str = ""
    trace_id: str = ""
    since: float = 0.0
    text: str = ""

    def fits(self, entry: Entry) -> bool:
        """Tell whether a call is wanted."""
        given = (entry.subject, entry.outcome, entry.trace_id)
        return (
            entry.time >= self.since
            and all(wanted in ("", each) for wanted, each in zip(self._exact(), given, strict=True))
            and (not self.tool or fnmatchcase(entry.tool, self.tool))
            and (not self.text or self.text.lower() in _texts(entry).lower())
        )

    def where(self) -> tuple[str, list[object]]:
        """Give a condition on rows that all calls meet that fit, and what fills its places.

        A text stands in MessagePack as it is: SQLite can pass most others over.
        """
        texts = [text.encode() for text in self._exact() if text]
        return " AND ".join(["time >= ?", *["instr(call, ?)"] * len(texts)]), [self.since, *texts]

    def _exact(self) -> tuple[str, str, str]:
        return self.subject, self.outcome, self.trace_id


class PastCalls:
    """Reads one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, wanted: CallFilter, limit: int) -> list[tuple[int, CallDetail]]:
        """Give the newest calls that fit, oldest first, each with its number.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            newest = _find(database, wanted, "ORDER BY id DESC")
            return _details(newest, limit)[::-1]

    def after(self, number: int, wanted: CallFilter) -> list[tuple[int, CallDetail]]:
        """Give calls that fit and came after the one of a number, oldest first, a page at most.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            return _details(_find(database, wanted, "AND id > ? ORDER BY id", number), _PAGE)

    def one(self, number: int) -> CallDetail | None:
        """Give a call by its number, ``None`` if it is not kept; with the calls that it made.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            row = database.execute("SELECT call FROM calls WHERE id = ?", [number]).fetchone()
            if row is None:
                return None
            entry = _decode(row[0])
            later = CallFilter(trace_id=entry.trace_id, since=entry.time)
            others = [each for _, each in _find(database, later, "ORDER BY id")]
        made = [each for each in others if each.rest.parent_id == entry.rest.span_id != ""]
        made.sort(key=lambda each: each.time)
        return replace(entry.detail(), nested=tuple(each.view() for each in made))

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        if not self._path.is_file():
            raise StoreUnusable(
                f"there are no calls at {self._path}", mend="make a call first: micro dev"
            )
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as database:
                yield database
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise StoreUnusable(
                f"the calls in {self._path} cannot be read: {error}",
                mend=f"remove the file: rm {self._path}",
            ) from error


def _find(
    database: sqlite3.Connection, wanted: CallFilter, order: str, *values: object
) -> Generator[tuple[int, Entry]]:
    """Yield the calls that fit; ``order``: what follows upon their condition, with its values."""
    where, given = wanted.where()
    rows = database.execute(f"SELECT id, call FROM calls WHERE {where} {order}", [*given, *values])
    for number, call in rows:
        if wanted.fits(entry := _decode(call)):
            yield number, entry


def _details(found: Iterable[tuple[int, Entry]], limit: int) -> list[tuple[int, CallDetail]]:
    return [(number, entry.detail()) for number, entry in islice(found, limit)]


def _texts(entry: Entry) -> str:
    return f"{entry.arguments}\n{entry.result}"
