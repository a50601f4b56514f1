"""Writes one audit record for every call, before its answer leaves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from time import perf_counter

import anyio
import msgspec

from micro.calls import APPROVED_BY_KEY, Call, CallNext, Stage, ToolResult
from micro.errors import ApprovalDenied, Refused
from micro.events import Outcome
from micro.snapshots import AuditRecord

WRITE_DEADLINE = 5.0
"""Seconds that the record of a cancelled call may take."""


def audit(write: Callable[[AuditRecord], Awaitable[None]]) -> Stage:
    """Make the stage; ``write`` returns once the record is kept."""

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        try:
            result = await call_next(call)
        except Refused as refusal:
            record = _record(call, "refused", refusal.kind, None)
            if isinstance(refusal, ApprovalDenied):
                record = msgspec.structs.replace(record, decided_by=refusal.by)
            await write(record)
            raise
        except BaseException as error:
            cancelled = not isinstance(error, Exception)
            record = _record(
                call, "cancelled" if cancelled else "error", type(error).__name__, None
            )
            with anyio.move_on_after(WRITE_DEADLINE, shield=True):
                await write(record)
            raise
        fault = result.fault
        await write(_record(call, "error" if fault else "ok", fault.kind if fault else "", result))
        return result

    return stage


def _record(call: Call, outcome: Outcome, reason: str, result: ToolResult | None) -> AuditRecord:
    spec, caller = call.tool.spec if call.tool else None, call.caller
    duration = perf_counter() - call.started
    return AuditRecord(
        time=time.time() - duration,
        trace_id=call.trace_id,
        tool=call.name,
        service=spec.service if spec else "",
        generation=result.generation if result else 0,
        door=caller.door,
        client=caller.client,
        client_version=caller.client_version,
        subject=caller.subject,
        scopes_required=spec.scopes if spec else (),
        scopes_held=caller.scopes,
        outcome=outcome,
        reason=reason,
        duration=duration,
        arguments_digest=_digest(call.arguments),
        result_digest=_digest(_answer(result)),
        decided_by=result.meta.get(APPROVED_BY_KEY, "") if result else "",
    )


def _answer(result: ToolResult | None) -> bytes:
    if result is None:
        return b""
    return result.structured if result.structured is not None else result.text.encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if data else ""
