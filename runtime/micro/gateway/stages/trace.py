"""Tells of every call that it began and how it ended, and hands the whole of it to the ledger."""

from __future__ import annotations

import time
from itertools import pairwise
from time import perf_counter
from typing import Protocol

from micro.calls import Call, CallNext, Fault, Stage, ToolResult
from micro.errors import Refused
from micro.events import PREVIEW_SIZE, CallFinished, CallStarted, EventBus, Outcome
from micro.redaction import Redactor

SAID = 500
"""Characters that are told of what the code of a failed call said."""


class Ledger(Protocol):
    """Keeps calls whole, for who wants to look at one later."""

    def began(self, call: Call, time: float) -> None:
        """Keep a call's arguments, and when it began."""
        ...

    def ended(self, call: Call, result: ToolResult | None, finished: CallFinished) -> None:
        """Keep how it ended, and its result; ``None`` if it was refused or cancelled."""
        ...


def trace(bus: EventBus, ledger: Ledger, redactor: Redactor | None = None) -> Stage:
    """Make the stage that publishes ``CallStarted`` and ``CallFinished``.

    Args:
        bus: Told of both.
        ledger: Given the whole of the call.
        redactor: Takes secrets out of what is published; by default only those of a usual kind.
    """
    redactor = redactor or Redactor({})

    def finish(call: Call, outcome: Outcome, reason: str, result: ToolResult | None) -> None:
        finished = CallFinished(
            call=call.id,
            outcome=outcome,
            duration=perf_counter() - call.started,
            generation=result.generation if result else 0,
            reason=reason,
            said=said_by(call, result.fault) if result and result.fault else "",
        )
        ledger.ended(call, result, finished)
        if bus.hears_calls:
            bus.publish(finished)

    def said_by(call: Call, fault: Fault) -> str:
        return redactor.of_call(call.id, said_of(fault))[:SAID]

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        now = time.time()
        ledger.began(call, now)
        if bus.hears_calls:
            bus.publish(_started(call, now, redactor.arguments(call)[:PREVIEW_SIZE]))
        try:
            result = await call_next(call)
        except Refused as refusal:
            finish(call, "refused", refusal.kind, None)
            raise
        except BaseException as error:
            cancelled = not isinstance(error, Exception)
            finish(call, "cancelled" if cancelled else "error", type(error).__name__, None)
            raise
        finish(call, "error" if result.fault else "ok", result.reason, result)
        return result

    return stage


def _started(call: Call, time: float, arguments: str) -> CallStarted:
    return CallStarted(
        time=time,
        call=call.id,
        trace_id=call.trace_id,
        tool=call.name,
        door=call.caller.door,
        client=call.caller.client,
        subject=call.caller.subject,
        arguments=arguments,
        span_id=call.span_id,
        parent_id=call.parent_id,
    )


def said_of(fault: Fault) -> str:
    """Give in a line what the code of a failed call said; empty where its kind tells as much."""
    match fault.kind:
        case "exception" | "bad_result" if fault.traceback:
            return _raised(fault.traceback)
        case "exception" | "bad_result" | "bad_arguments" | "tool_error":
            told = fault.message.partition("\n- ")[2] or fault.message
            return told.partition("\n")[0]
        case _:
            return ""


def _raised(traceback: str) -> str:
    """Give the line of a traceback that names the exception, not the rest of its message."""
    lines = traceback.splitlines()
    after_code = [
        line
        for before, line in pairwise(lines)
        if before.startswith(" ") and line and not line[0].isspace()
    ]
    return after_code[-1] if after_code else lines[-1]
