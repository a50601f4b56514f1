"""Lets a call wait until somebody allows it; nothing of the service runs before."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, perf_counter

from micro.calls import APPROVED_BY_KEY, Call, CallNext, Stage, ToolResult
from micro.errors import ApprovalDenied, ApprovalTimedOut, QueueFull
from micro.gateway.limits.approvals import TIMEOUT, Approvals

RETRY_AFTER = 60.0
"""Seconds after which a caller may ask again where too many wait."""


def approval(approvals: Approvals, *, timeout: float = TIMEOUT) -> Stage:
    """Make the stage of a tool each of whose calls has to be allowed."""

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        if approvals.is_full:
            message = f"{call.name} needs approval, and too many calls wait for theirs."
            raise QueueFull(message, retry_after=RETRY_AFTER, mend="call again later")
        began = perf_counter()
        left = timeout if call.deadline is None else min(timeout, call.deadline - monotonic())
        allowed, by = await approvals.ask(call, left)
        waited = ("approval", began - call.started, perf_counter() - began)
        if allowed is None:
            raise ApprovalTimedOut(
                f"{call.name} needs approval, and nobody gave it within {left:.0f} s.",
                mend="call again when somebody is there to approve it",
            )
        if not allowed:
            raise ApprovalDenied(f"{call.name} needs approval, and it was denied.", by=by)
        result = await call_next(call)
        meta = {**result.meta, APPROVED_BY_KEY: by}
        return replace(result, phases=(waited, *result.phases), meta=meta)

    return stage
