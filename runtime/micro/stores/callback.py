"""Audit records for a library's user: given to a function, sync or async, before the answer leaves.

A function that is not async runs in a thread of its own, one record after another, so that it may
take its time. One that fails is told as a problem; what becomes of the call is its stage's to say.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from micro.errors import StoreUnusable
from micro.snapshots import AuditRecord
from micro.stores.handover import Handover

log = logging.getLogger(__name__)

AuditCallback = Callable[[AuditRecord], Awaitable[None] | None]

END_TIMEOUT = 5.0
"""Seconds that a function has for its last records."""


class _Waiting:
    """A record on its way to the thread; ``given``: what the function left to be awaited."""

    __slots__ = ("error", "given", "is_abandoned", "record")

    def __init__(self, record: AuditRecord) -> None:
        self.record = record
        self.error: Exception | None = None
        self.given: Awaitable[None] | None = None
        self.is_abandoned = False

    def give(self, given: Awaitable[None] | None) -> None:
        """Take what the function returned, in its thread."""
        self.given = given
        if self.is_abandoned:
            self._close()

    def abandon(self) -> None:
        """Know that nobody will await what the function returned or is about to return."""
        self.is_abandoned = True
        self._close()

    def _close(self) -> None:
        if inspect.iscoroutine(self.given):
            self.given.close()


class AuditCallbacks:
    """Hands records to a function within ``open``.

    Args:
        function: Takes a record; ``None``: nobody wants them.
        on_problem: Told when the function begins to fail, and when it works again.
    """

    def __init__(
        self, function: AuditCallback | None, on_problem: Callable[[StoreUnusable], None]
    ) -> None:
        self._function = function
        self._on_problem = on_problem
        self._handover: Handover[_Waiting] | None = None
        self._lost = 0

    @contextmanager
    def open(self) -> Generator[None]:
        """Take records within this context; enter it on the event loop's thread."""
        if self._function is None or _is_async(self._function):
            yield
            return
        handover = self._handover = Handover[_Waiting](self._run, name="micro-audit-callback")
        handover.open()
        try:
            yield
        finally:
            handover.close(END_TIMEOUT)

    async def write(self, record: AuditRecord) -> bool:
        """Give a record to the function; false if it failed."""
        if self._function is None:
            return True
        try:
            if self._handover is None:
                given = self._function(record)
            else:
                given = await self._hand_over(record, self._handover)
            if given is not None:
                await given
        except Exception as error:
            self._fail(error, record)
            return False
        if self._lost:
            self._recover()
        return True

    @staticmethod
    async def _hand_over(
        record: AuditRecord, handover: Handover[_Waiting]
    ) -> Awaitable[None] | None:
        waiting = _Waiting(record)
        try:
            await handover.put(waiting)
        except BaseException:
            waiting.abandon()
            raise
        if waiting.error is not None:
            raise waiting.error
        return waiting.given

    def _run(self, group: list[_Waiting]) -> None:
        assert self._function is not None
        for waiting in group:
            try:
                waiting.give(self._function(waiting.record))
            except Exception as error:
                waiting.error = error

    def _fail(self, error: Exception, record: AuditRecord) -> None:
        log.error("the audit callback failed", exc_info=error, extra={"trace_id": record.trace_id})
        if not self._lost:
            message = f"the audit callback failed: {type(error).__name__}: {error}"
            self._on_problem(StoreUnusable(message, mend="mend the function passed as audit="))
        self._lost += 1

    def _recover(self) -> None:
        told = f"the audit callback works again; it failed for {self._lost} records"
        self._on_problem(StoreUnusable(told))
        self._lost = 0


def _is_async(function: AuditCallback) -> bool:
    """Whether calling it only makes what is to be awaited."""
    call = getattr(function, "__call__", None)  # noqa: B004 - an object may be async by this alone
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)
