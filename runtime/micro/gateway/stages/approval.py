"""Lets a call wait until somebody allows it.

Nothing of the service runs before, but what the tool has to say which calls those are.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, perf_counter

import msgspec
from msgspec.structs import replace

from micro.calls import APPROVED_BY_KEY, NOBODY, Call, CallNext, Stage, Tool, ToolResult
from micro.errors import ApprovalDenied, ApprovalTimedOut, QueueFull
from micro.gateway.limits.approvals import TIMEOUT, Approvals

RETRY_AFTER = 60.0
"""Seconds after which a caller may ask again where too many wait."""


class _Judgement(msgspec.Struct):
    asks: bool
    reason: str


_read = msgspec.json.Decoder(_Judgement).decode
_ALWAYS = _Judgement(asks=True, reason="")


def approval(
    approvals: Approvals,
    *,
    timeout: float = TIMEOUT,
    judge: Callable[[], Tool | None] | None = None,
    asks: Callable[[Call], str] | None = None,
) -> Stage:
    """Make the stage of a tool calls of which have to be allowed.

    Args:
        approvals: Where they wait.
        timeout: Seconds for which they do, if they have no earlier deadline.
        judge: Gives what says which calls; every one if there is nothing.
        asks: Says the same without the tool: why somebody is asked, or nothing.
    """

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        if asks is not None:
            reason = asks(call)
            return await (_approved(call, call_next, reason) if reason else call_next(call))
        judgement = _ALWAYS if judge is None else await _judge(call, judge())
        if isinstance(judgement, ToolResult):
            return judgement
        if not judgement.asks:
            return await call_next(call)
        return await _approved(call, call_next, judgement.reason)

    async def _approved(call: Call, call_next: CallNext, reason: str) -> ToolResult:
        if approvals.is_full:
            message = f"{call.name} needs approval, and too many calls wait for theirs."
            raise QueueFull(message, retry_after=RETRY_AFTER, mend="call again later")
        began = perf_counter()
        left = timeout if call.deadline is None else min(timeout, call.deadline - monotonic())
        allowed, by = await approvals.ask(call, left, reason=reason)
        waited = ("decision", began - call.started, perf_counter() - began)
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


async def _judge(call: Call, judge: Tool | None) -> _Judgement | ToolResult:
    """Ask the tool's own code; what it cannot judge fails as the tool would have."""
    if judge is None:
        return _ALWAYS
    result = await judge.run(replace(call, name=judge.spec.full_name, tool=judge, peer=NOBODY))
    return result if result.fault is not None else _read(result.structured or b"")
