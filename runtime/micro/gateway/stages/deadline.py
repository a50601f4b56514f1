"""Gives every call of a tool a deadline, and an answer once it has passed.

Where the code runs, the deadline is kept first, since more is known there; this is for code that
does not let go of its process.
"""

from __future__ import annotations

from time import monotonic

from msgspec.structs import replace

from micro.backends.deadlines import deadlines
from micro.backends.faults import late_fault
from micro.calls import Call, CallNext, Stage, ToolResult

LONGEST = 86_400_000
"""Milliseconds beyond which a caller's patience is none of our business."""

GRACE = 0.25
"""Seconds after the deadline that the place where the code runs has to answer by itself."""


def asked_deadline(timeout_ms: object) -> float | None:
    """Give the deadline of a caller that says how long it waits; ``None`` if it says nothing.

    What is no number above zero says nothing: it comes from outside.
    """
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, int | float):
        return None
    return monotonic() + timeout_ms / 1000 if 0 < timeout_ms <= LONGEST else None


def deadline(timeout: float, *, grace: float = GRACE) -> Stage:
    """Make the stage of a tool whose calls may take ``timeout`` seconds.

    A call that has an earlier deadline keeps it.
    """

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        left = timeout
        if call.deadline is not None:
            left = min(left, call.deadline - monotonic())
        call = replace(call, deadline=monotonic() + left)
        with deadlines.within(max(0.0, left) + grace, call=call.id):
            return await call_next(call)
        return ToolResult.failed(late_fault(call.name, call.trace_id))

    return stage
