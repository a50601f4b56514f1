"""Records of what is no call: that somebody came, gave an order, or was not let in.

Who is not let in may come as often as it likes: of those there are records as far as a limit goes,
and the next one says how many have none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from micro.calls import Caller, Door
from micro.errors import Refused
from micro.events import Outcome
from micro.gateway.limits.buckets import Buckets
from micro.policies import RateLimit
from micro.snapshots import AuditRecord

LIMIT = RateLimit(1, 1.0, 30)
"""Refused openings that are recorded."""


def event_record(
    name: str,
    caller: Caller,
    *,
    outcome: Outcome = "ok",
    reason: str = "",
    service: str = "micro",
    required: tuple[str, ...] = (),
) -> AuditRecord:
    """Give the record of something that is no call; ``service`` is what it was about."""
    return AuditRecord(
        time=time.time(),
        trace_id=os.urandom(16).hex(),
        tool=f"micro.{name}",
        service=service,
        generation=0,
        door=caller.door,
        client=caller.client,
        client_version=caller.client_version,
        subject=caller.subject,
        scopes_required=required,
        scopes_held=caller.scopes,
        outcome=outcome,
        reason=reason,
        duration=0.0,
        arguments_digest="",
        result_digest="",
    )


async def keep_nothing(record: AuditRecord) -> bool:
    """Take a record that nobody wants."""
    return True


class Openings:
    """Keeps who was not let in where something would have stayed open.

    Args:
        write: Keeps a record; by default nobody does.
        clock: Nanoseconds that never go back.
    """

    def __init__(
        self,
        write: Callable[[AuditRecord], Awaitable[bool]] = keep_nothing,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._write = write
        self._buckets = Buckets(clock)
        self._unrecorded = 0

    async def refused(self, caller: Caller, door: Door, refusal: Refused) -> None:
        """Record that somebody was not let in by a door, or count it."""
        if self._buckets.take((("refused openings", LIMIT),)).short:
            self._unrecorded += 1
            return
        reason, missed = refusal.kind, self._unrecorded
        self._unrecorded = 0
        if missed:
            reason = f"{reason}; {missed} more before it have no record"
        caller = replace(caller, door=door)
        await self._write(event_record("connect", caller, outcome="refused", reason=reason))
