"""What a project keeps of its calls on disk: the audit log and the history, open together."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from micro.errors import StoreUnusable
from micro.events import EventBus, ProblemFound
from micro.sections import Durability
from micro.stores.audit import AuditLog
from micro.stores.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The stores, while they are open."""

    audit: AuditLog
    history: History


@contextmanager
def open_kept(
    audit: Path, history: Path, bus: EventBus, *, durability: Durability = "process"
) -> Generator[Kept]:
    """Keep calls in two files within this context; what goes wrong with them is told on the bus.

    Enter it on the event loop's thread.

    Args:
        audit: The audit log's file.
        history: The file of the calls that have ended.
        bus: Told of problems.
        durability: What an audit record outlives.
    """
    loop = asyncio.get_running_loop()

    def tell(problem: StoreUnusable) -> None:
        bus.publish(ProblemFound(message=problem.message, mend=problem.mend))

    def tell_from_thread(problem: StoreUnusable) -> None:
        with suppress(RuntimeError):  # the loop has closed: no one listens any more
            loop.call_soon_threadsafe(tell, problem)

    kept = Kept(
        audit=AuditLog(audit, tell, durability=durability),
        history=History(history, on_problem=tell_from_thread),
    )
    kept.audit.open()
    kept.history.open()
    try:
        yield kept
    finally:
        kept.history.close()
        kept.audit.close()
