"""Reads the calls that have ended, while more are written or afterwards.

Opens the file for reading alone. Numbers are the file's own: they go on over restarts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from micro.errors import StoreUnusable
from micro.snapshots import CallDetail
from micro.stores.entries import Entry, Rest

_PAGE = 200
_decode_whole = msgspec.json.Decoder(CallDetail).decode
_decode_rest = msgspec.msgpack.Decoder(Rest).decode


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

    def where(self) -> tuple[str, list[object]]:
        """Give the condition and what fills its places."""
        terms, values = list[str](), list[object]()
        if self.tool:
            terms.append("tool GLOB ?")
            values.append(self.tool)
        for name in ("subject", "outcome", "trace_id"):
            if value := getattr(self, name):
                terms.append(f"{name} = ?")
                values.append(value)
        if self.since:
            terms.append("time >= ?")
            values.append(self.since)
        if self.text:
            terms.append("instr(lower(arguments || char(10) || result), lower(?))")
            values.append(self.text)
        return " AND ".join(terms) or "1", values


class PastCalls:
    """Reads one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, wanted: CallFilter, limit: int) -> list[tuple[int, CallDetail]]:
        """Give the newest calls that fit, oldest first, each with its number.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        where, values = wanted.where()
        query = f"{_SELECT} WHERE {where} ORDER BY id DESC LIMIT ?"
        with self._opened() as database:
            rows = database.execute(query, [*values, limit]).fetchall()
        return [_read(row) for row in reversed(rows)]

    def after(self, number: int, wanted: CallFilter) -> list[tuple[int, CallDetail]]:
        """Give calls that fit and came after the one of a number, oldest first, a page at most.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        where, values = wanted.where()
        query = f"{_SELECT} WHERE id > ? AND {where} ORDER BY id LIMIT ?"
        with self._opened() as database:
            return [_read(row) for row in database.execute(query, [number, *values, _PAGE])]

    def one(self, number: int) -> CallDetail | None:
        """Give a call by its number, ``None`` if it is not kept; with the calls that it made.

        Raises:
            StoreUnusable: The file is not there, or cannot be read.
        """
        with self._opened() as database:
            row = database.execute(f"{_SELECT} WHERE id = ?", [number]).fetchone()
            if row is None:
                return None
            detail = _read(row)[1]
            view = detail.view
            later = f"{_SELECT} WHERE time >= ? AND trace_id = ? ORDER BY id"
            found = database.execute(later, [view.time, view.trace_id])
            others = [_read(each)[1].view for each in found]
            nested = [each for each in others if each.parent_id == view.span_id != ""]
        nested.sort(key=lambda each: each.time)
        return replace(detail, nested=tuple(nested))

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


_COLUMNS = (
    *("time", "tool", "door", "client", "subject", "trace_id", "outcome", "reason", "duration"),
    *("generation", "arguments", "result"),
)
_SELECT = f"SELECT id, detail, {', '.join(_COLUMNS)} FROM calls"


def _read(row: tuple[Any, ...]) -> tuple[int, CallDetail]:
    number, rest, *columns = row
    given = dict(zip(_COLUMNS, columns, strict=True))
    if isinstance(rest, str):  # all of it in JSON, as it was once written
        whole = _decode_whole(rest)
        found = replace(whole, arguments=given["arguments"], result=given["result"])
    else:
        found = Entry(**given, rest=_decode_rest(rest)).detail()
    return number, found
