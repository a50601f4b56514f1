"""What a result says at its end, whatever door it leaves by: its trace, and how it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replace_fault

from msgspec.structs import replace

from micro.calls import ERROR_KEY, RETRYABLE_KEY, Call, Fault, ToolResult

Clean = Callable[[int, str], str]
"""Takes secrets out of a text that came of a call, by its number."""


def as_it_is(call: int, text: str) -> str:
    """Take nothing out."""
    return text


def ended(call: Call, result: ToolResult, clean: Clean) -> ToolResult:
    """Give a result with its call's trace; one of a failure without secrets, and with its kind."""
    fault = result.fault
    if fault is not None:
        return _failed(call, result, fault, clean)
    return result if result.trace_id == call.trace_id else replace(result, trace_id=call.trace_id)


def _failed(call: Call, result: ToolResult, fault: Fault, clean: Clean) -> ToolResult:
    told = {ERROR_KEY: fault.kind, RETRYABLE_KEY: fault.retryable}
    result = replace(result, trace_id=call.trace_id, meta={**result.meta, **told})
    message = clean(call.id, fault.message)
    if message == fault.message:
        return result
    block = {"type": "text", "text": message}
    return replace(result, fault=replace_fault(fault, message=message), content=(block,))
