"""What the fields of a filter may be worth, from what the dashboard has seen."""

from __future__ import annotations

from collections.abc import Callable

from micro.snapshots import CallView
from micro_tui.complete import Values
from micro_tui.state import State

_DOORS = ("http", "stdio", "websocket", "sse", "rest", "cli", "dashboard", "service")
_OUTCOMES = ("ok", "error", "refused", "cancelled", "running")
_LOOKED_AT = 500
"""The last rows, whose values are worth writing."""

_LEVELS = ("debug", "info", "warning", "error", "critical", "stdout", "stderr")


def call_values(state: State) -> Values:
    """Give the values of a call's fields."""
    return {
        "tool": lambda: tool_names(state),
        "service": lambda: state.services,
        "client": lambda: state.callers,
        "door": lambda: _DOORS,
        "is": lambda: _OUTCOMES,
        "status": lambda: _OUTCOMES,
        "subject": lambda: _seen(state, lambda call: call.subject),
        "reason": lambda: _seen(state, lambda call: call.reason),
        "trace": lambda: _seen(state, lambda call: call.trace_id),
    }


def log_values(state: State) -> Values:
    """Give the values of a log line's fields."""
    return {"service": lambda: state.services, "level": lambda: _LEVELS}


def _seen(state: State, get: Callable[[CallView], str]) -> set[str]:
    ring = state.stream
    last = (ring[seq] for seq in range(max(ring.first, ring.end - _LOOKED_AT), ring.end))
    return {get(row) for row in last if isinstance(row, CallView)}


def tool_names(state: State) -> list[str]:
    """Give the full name of every tool."""
    return [tool.name for service in state.services.values() for tool in service.tools]
