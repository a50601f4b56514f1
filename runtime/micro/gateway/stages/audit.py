"""Writes one audit record for every call, before its answer leaves.

A record that cannot be kept is told by who keeps them; what becomes of the call is said here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from time import perf_counter

import anyio
from msgspec.structs import replace

from micro.calls import APPROVED_BY_KEY, AUDIT_KEY, Call, CallNext, Fault, ToolResult
from micro.errors import ApprovalDenied, Refused, Unaudited
from micro.events import Outcome
from micro.redaction import Redactor
from micro.sections import OnAuditFailure
from micro.snapshots import AuditRecord

WRITE_DEADLINE = 5.0
"""Seconds that the record of a cancelled call may take."""
RETRY_AFTER = 1.0
"""Seconds after which a call may be tried again that was refused for want of a record."""
NOT_KEPT = "not kept"

Write = Callable[[AuditRecord], Awaitable[bool]]
"""Keeps a record; true once it is kept, false if it cannot be."""


class Audit:
    """The stage of one gateway.

    Args:
        write: Keeps the records.
        on_failure: What becomes of calls while it cannot: they ``continue``, and their results are
            marked; or it is to ``refuse`` them before they run. The call at which it shows has run
            already: its answer is withheld then.
        values: Gives arguments and results for records to hold; ``None``: digests alone.
    """

    def __init__(
        self,
        write: Write,
        *,
        on_failure: OnAuditFailure = "continue",
        values: Redactor | None = None,
    ) -> None:
        self._write = write
        self._refuses = on_failure == "refuse"
        self._values = values
        self._fails = False

    async def __call__(self, call: Call, call_next: CallNext) -> ToolResult:
        """Run a call and keep its record.

        Raises:
            Unaudited: The last record could not be kept.
        """
        try:
            if self._fails and self._refuses:
                raise _unaudited(call)
            result = await call_next(call)
        except Refused as refusal:
            by = refusal.by if isinstance(refusal, ApprovalDenied) else ""
            await self._keep(call, "refused", refusal.kind, by=by)
            raise
        except BaseException as error:
            ended: Outcome = "error" if isinstance(error, Exception) else "cancelled"
            with anyio.move_on_after(WRITE_DEADLINE, shield=True):
                await self._keep(call, ended, type(error).__name__)
            raise
        fault = result.fault
        by = result.meta.get(APPROVED_BY_KEY, "")
        outcome: Outcome = "error" if fault else "ok"
        record = _record(call, outcome, result.reason, result, by=by)
        if self._values is not None:
            record = _with_values(record, call, result, self._values)
        is_kept = await self._write(record)
        self._fails = not is_kept
        if is_kept:
            return result
        if self._refuses:
            result = _withheld(call, result.generation)
        return replace(result, meta={**result.meta, AUDIT_KEY: NOT_KEPT})

    async def _keep(self, call: Call, outcome: Outcome, reason: str, *, by: str = "") -> None:
        """Keep the record of a call that has no result."""
        record = _record(call, outcome, reason, None, by=by)
        if self._values is not None:
            record = _with_values(record, call, None, self._values)
        self._fails = not await self._write(record)


def _unaudited(call: Call) -> Unaudited:
    return Unaudited(
        f"{call.name} was not run: no record of the call could be kept.",
        retry_after=RETRY_AFTER,
        mend="see what is wrong with the audit log where the server runs",
    )


def _withheld(call: Call, generation: int) -> ToolResult:
    message = (
        f"{call.name} ran, but no record of the call could be kept, so its answer is withheld "
        f"(trace {call.trace_id}). Check what was done before you call again."
    )
    return ToolResult.failed(
        Fault(kind="audit_unavailable", message=message), generation=generation
    )


def _record(
    call: Call, outcome: Outcome, reason: str, result: ToolResult | None, *, by: str
) -> AuditRecord:
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
        decided_by=by,
    )


def _with_values(
    record: AuditRecord, call: Call, result: ToolResult | None, values: Redactor
) -> AuditRecord:
    given = values.result(call, result) if result else ""
    return replace(record, arguments=values.arguments(call), result=given)


def _answer(result: ToolResult | None) -> bytes:
    if result is None:
        return b""
    return result.structured if result.structured is not None else result.text.encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if data else ""
