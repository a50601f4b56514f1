"""Reads the calls that have ended, while more are written or afterwards.

Opens the file for reading alone. Numbers are the file's own: they go on over restarts. How a page
is looked through is in ``search``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from micro.errors import StoreUnusable
from micro.snapshots import CallDetail
from micro.stores.entries import Entry
from micro.stores.pages import COLUMNS, Page
from micro.stores.search import CallFilter, Search

_TOGETHER = 200
"""Calls that ``after`` gives at most."""
_PAGE = f"SELECT {', '.join(COLUMNS)} FROM calls WHERE last = ?"


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
            return _details(_find(database, wanted, newest_first=True), limit)[::-1]

    def after(self, number: int, wanted: CallFilter) -> list[tuple[int, CallDetail]]:
        """Give calls that fit and came after the one of a number, oldest first, some at a time.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            return _details(_find(database, wanted, after=number), _TOGETHER)

    def one(self, number: int) -> CallDetail | None:
        """Give a call by its number, ``None`` if it is not kept; with the calls that it made.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            found, entry = next(_find(database, CallFilter(), after=number - 1), (None, None))
            if entry is None or found != number:
                return None
            later = CallFilter(trace_id=entry.trace_id, since=entry.time)
            others = [each for _, each in _find(database, later)]
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
            address = f"{self._path.as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
                database.execute("BEGIN")  # one state of the file for all that follows
                yield database
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise StoreUnusable(
                f"the calls in {self._path} cannot be read: {error}",
                mend=f"remove the file: rm {self._path}",
            ) from error


def _find(
    database: sqlite3.Connection,
    wanted: CallFilter,
    *,
    after: int = 0,
    newest_first: bool = False,
) -> Generator[tuple[int, Entry]]:
    """Yield the calls that fit, with their numbers and in the order of these."""
    search, order = Search(wanted), "DESC" if newest_first else "ASC"
    query = f"SELECT last, {search.columns} FROM calls WHERE until >= ? AND last > ?"
    pages = database.execute(f"{query} ORDER BY last {order}", [wanted.since, after])
    for last, *columns in pages:
        if not (places := search.places(*columns)):
            continue
        page = Page(database.execute(_PAGE, [last]).fetchone())
        for place in reversed(places) if newest_first else places:
            number = last - len(page) + 1 + place
            if number > after and (entry := page.entry(place)).time >= wanted.since:
                yield number, entry


def _details(found: Iterable[tuple[int, Entry]], limit: int) -> list[tuple[int, CallDetail]]:
    return [(number, entry.detail()) for number, entry in islice(found, limit)]
