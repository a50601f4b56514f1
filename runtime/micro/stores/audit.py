"""The audit log: one record a call, kept before its answer leaves.

A record is kept once it is in the journal beside the log's file, which is one write in the event
loop's thread; one thread takes journals into the file, a while later and many records at a time. To
outlive a loss of power a record is kept once it is in the file, and the disk has it. What cannot be
written stops no call: it is told as a problem. What the file holds is in ``auditfile``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.snapshots import AuditRecord
from micro.stores.auditfile import LOCK_WAIT, AuditFile
from micro.stores.handover import Handover
from micro.stores.journal import Journal, journals

PAUSE = 0.25
"""Seconds for which records stay in a journal alone."""


class _Waiting:
    """A record on its way to the file; ``error``: why it is not there."""

    __slots__ = ("error", "record")

    def __init__(self, record: AuditRecord) -> None:
        self.record = record
        self.error: Exception | None = None


class AuditLog:
    """Appends records to ``path``; ``open`` it before use and ``close`` it after.

    Args:
        path: The SQLite file; its folder exists.
        on_problem: Told, on the event loop's thread, when records cannot be kept or can again.
        durability: Whether a record outlives this process alone, or a loss of power too: then each
            record waits for the disk.
    """

    def __init__(
        self,
        path: Path,
        on_problem: Callable[[StoreUnusable], None],
        *,
        durability: Durability = "process",
    ) -> None:
        self._path = path
        self._on_problem = on_problem
        self._loop = asyncio.get_running_loop()
        self._journal = Journal(path) if durability == "process" else None
        self._file = AuditFile(path, durability, tell=self._tell_from_thread)
        self._lost = 0
        self._is_due = False
        self._is_stuck = False
        self._closed = False
        self._handover = Handover[_Waiting | None](
            self._work, name="micro-audit", at_end=self._file.close
        )

    def open(self) -> None:
        """Start the thread that writes; it begins with what a runtime that was killed left."""
        self._handover.open()
        self._is_due = True
        self._handover.hand(None)

    async def write(self, record: AuditRecord) -> bool:
        """Keep a record; returns once it is kept, or false if it could not be, as is told."""
        if self._closed:
            self._on_problem(StoreUnusable("a call ended after the audit log was closed"))
            return False
        try:
            if self._journal is None:
                await self._commit(record)
            else:
                self._journal.append(record)
        except Exception as error:
            self._fail(error)
            return False
        if self._lost:
            self._recover()
        if self._journal is not None and not self._is_due:
            self._fold_later()
        return True

    def close(self) -> None:
        """Keep what is queued and end the thread; bounded by ``LOCK_WAIT``."""
        self._closed = True
        if self._journal is not None:
            self._journal.finish()
            self._handover.hand(None)
        self._handover.close(LOCK_WAIT + 1)

    def _fold_later(self) -> None:
        self._is_due = True
        self._loop.call_later(PAUSE, self._fold)

    def _fold(self) -> None:
        if self._closed:
            return
        if self._journal is not None and not self._is_stuck:
            self._journal.finish()
        self._handover.hand(None)

    async def _commit(self, record: AuditRecord) -> None:
        waiting = _Waiting(record)
        await self._handover.put(waiting)
        if waiting.error is not None:
            raise waiting.error

    def _work(self, group: list[_Waiting | None]) -> None:
        """Write a group, in the thread; ``None`` among it asks for journals to be taken in."""
        if None in group:
            self._handover.tell(self._folded, self._take_in())
        if waiting := [each for each in group if each is not None]:
            try:
                self._file.append([each.record for each in waiting])
            except Exception as error:
                for each in waiting:
                    each.error = error

    def _take_in(self) -> Exception | None:
        try:
            self._file.take_in()
        except Exception as error:
            return error
        return None

    def _folded(self, error: Exception | None) -> None:
        """Go on after journals were taken in, or could not be."""
        was_stuck, self._is_stuck = self._is_stuck, error is not None and bool(journals(self._path))
        if self._is_stuck and not was_stuck:
            problem = StoreUnusable(
                f"audit records are kept beside {self._path}, and cannot go into it: {error}",
                mend="free the disk, or end the program that holds the file",
            )
            self._on_problem(problem)
        elif was_stuck and not self._is_stuck:
            self._on_problem(StoreUnusable(f"audit records go into {self._path.name} again"))
        self._is_due = False
        if self._is_stuck or (self._journal is not None and self._journal.is_open):
            self._fold_later()

    def _fail(self, error: Exception) -> None:
        """Count what is lost, and tell the first time."""
        if not self._lost:
            problem = StoreUnusable(
                f"audit records cannot be kept: {self._path}: {error}",
                mend="free the disk, or end the program that holds the file",
            )
            self._on_problem(problem)
        self._lost += 1

    def _recover(self) -> None:
        """Tell that records are kept again, and how many were not."""
        told = f"audit records are kept again; {self._lost} of them were lost"
        self._on_problem(StoreUnusable(told))
        self._lost = 0

    def _tell_from_thread(self, problem: StoreUnusable) -> None:
        self._handover.tell(self._on_problem, problem)
