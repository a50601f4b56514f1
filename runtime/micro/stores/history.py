"""The calls that have ended, whole, on disk: what the ledger in memory forgets at the end.

What may still change of a call is made into bytes as it ends, and all of it is written in batches
by a thread of its own. It is never held up: what the thread has no time for is dropped, the oldest
first, and counted. Bounded by number, age and size. What the file holds is in ``historyfile``.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from micro.errors import StoreUnusable
from micro.stores.entries import Entry
from micro.stores.historyfile import LOCK_WAIT, Bounds, HistoryFile
from micro.stores.pages import Ended, encode, pack

WAITING = 20_000
"""Calls that wait to be written; the oldest are dropped beyond that."""
PAUSE = 0.2
"""Seconds between two batches."""
BATCH = 2_000
RECENT = 4_000
"""Calls whose later log lines are added to what was written of them, or some more."""
TRIM_EVERY = 10.0
"""Seconds between two looks for what is too much; the last is at the end."""


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
        self._waiting: deque[Ended] = deque()
        self._written: dict[str, int] = {}
        self._written_before: dict[str, int] = {}
        self._file = HistoryFile(path)
        self._ending = Event()
        self._thread = Thread(target=self._work, name="micro-history", daemon=True)
        self._is_told = False
        self._trimmed_at = 0.0
        self.dropped = 0

    def open(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Keep a call that has ended, or keep it as it is now. Returns at once."""
        try:
            rest = encode(entry.rest)
        except UnicodeEncodeError:  # a text in it is none
            self.dropped += 1
            return
        if len(self._waiting) >= WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append((entry, rest))

    def close(self) -> None:
        """Write what waits and end the thread; bounded by ``LOCK_WAIT``."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(LOCK_WAIT + 1)

    def _work(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(PAUSE)
            try:
                while self._waiting:
                    self._write(self._next_batch())
                    self._is_told = False
                if ending or time.monotonic() - self._trimmed_at >= TRIM_EVERY:
                    self._file.trim(self._bounds)
                    self._trimmed_at = time.monotonic()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)
        self._file.close()

    def _next_batch(self) -> dict[str, Ended]:
        """Take calls from those that wait, by their span, each as it is by now."""
        some = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        return {call[0].rest.span_id: call for call in some}

    def _write(self, batch: dict[str, Ended]) -> None:
        fresh, late = list[Ended](), dict[int, bytes]()
        for span, call in batch.items():
            if number := self._written.get(span) or self._written_before.get(span):
                late[number] = call[1]
            else:
                fresh.append(call)
        try:
            try:
                last = self._file.write(fresh, late)
            except UnicodeEncodeError:
                fresh = self._those_with_texts(fresh)
                last = self._file.write(fresh, late)
        except (sqlite3.Error, OSError):
            self.dropped += len(fresh)
            raise
        self._remember([entry.rest.span_id for entry, _ in fresh], last)

    def _those_with_texts(self, calls: Sequence[Ended]) -> list[Ended]:
        """Give the calls of which every text is one; the others are dropped."""
        sound = list[Ended]()
        for call in calls:
            with suppress(UnicodeEncodeError):
                pack([call])
                sound.append(call)
        self.dropped += len(calls) - len(sound)
        return sound

    def _remember(self, spans: Sequence[str], last: int) -> None:
        """Know by what numbers calls were written that may get more lines: the last ones."""
        self._written.update(zip(spans, range(last - len(spans) + 1, last + 1), strict=True))
        if len(self._written) >= RECENT:
            self._written_before, self._written = self._written, {}

    def _fail(self, error: Exception) -> None:
        """Drop what waits, and tell the first time; the file is opened anew for the next batch."""
        self._file.close()
        self.dropped += len(self._waiting)
        self._waiting.clear()
        # What was rolled back gives its numbers to others.
        self._written, self._written_before = {}, {}
        if not self._is_told:
            self._is_told = True
            self._on_problem(
                StoreUnusable(
                    f"calls cannot be kept in {self._path}: {error}",
                    mend="free the disk, or remove a damaged file; calls go on meanwhile",
                )
            )
