"""The outermost ring: what nobody foresaw becomes a safe result, and a line in the log."""

from __future__ import annotations

import logging

from micro.calls import Call, CallNext, Fault, ToolResult
from micro.errors import Refused

log = logging.getLogger(__name__)


async def errors(call: Call, call_next: CallNext) -> ToolResult:
    """Let results and refusals through; turn any other exception into a failed result.

    A tool's own exception never gets here: it became a result where the tool ran.
    """
    try:
        return await call_next(call)
    except Refused:
        raise
    except Exception:
        log.exception(
            "gateway failed in a call of %s", call.name, extra={"trace_id": call.trace_id}
        )
        message = f"The server failed while it handled this call (trace {call.trace_id})."
        return ToolResult.failed(Fault(kind="exception", message=message, retryable=True))
