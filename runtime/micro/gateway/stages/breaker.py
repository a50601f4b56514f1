"""Rests a tool that only fails: its callers are told at once, and it is tried again later.

Only faults of the service count: never bad input, a tool's own words, refusals or cancellations.
"""

from __future__ import annotations

from micro.calls import Call, CallNext, Stage, ToolResult
from micro.errors import CircuitOpen
from micro.gateway.limits.breaker import Breaker, Verdict

_FAULTS = frozenset({"exception", "bad_result", "host_lost", "timeout"})


def breaking(breaker: Breaker) -> Stage:
    """Make the stage round a breaker."""

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        entered = breaker.enter()
        if entered < 0:
            raise _refusal(call, breaker)
        verdict: Verdict = "neither"
        try:
            result = await call_next(call)
            verdict = _verdict(result)
            return result
        finally:
            breaker.leave(entered, verdict)

    return stage


def _verdict(result: ToolResult) -> Verdict:
    """Say what a result proves; a tool that says no in its own words works."""
    if result.fault is None or result.fault.kind == "tool_error":
        return "ok"
    return "fault" if result.fault.kind in _FAULTS else "neither"


def _refusal(call: Call, breaker: Breaker) -> CircuitOpen:
    seconds = breaker.retry_after
    return CircuitOpen(
        f"{call.name} failed {breaker.failures} times in a row and rests now.",
        retry_after=seconds,
        mend=f"call again in {seconds:.0f} s, or mend the tool: new code is tried at once",
    )
