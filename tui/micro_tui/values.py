"""What the fields of a filter may be worth, from what the dashboard has seen."""

from __future__ import annotations

from micro_tui.complete import Values
from micro_tui.state import State

_DOORS = ("http", "stdio", "rest", "cli", "dashboard", "service")
_LEVELS = ("debug", "info", "warning", "error", "critical", "stdout", "stderr")


def call_values(state: State) -> Values:
    """Give the values of a call's fields."""
    return {
        "tool": lambda: tool_names(state),
        "service": lambda: state.services,
        "client": lambda: state.callers,
        "door": lambda: _DOORS,
        "is": lambda: ("ok", "error", "refused", "cancelled", "running"),
    }


def log_values(state: State) -> Values:
    """Give the values of a log line's fields."""
    return {"service": lambda: state.services, "level": lambda: _LEVELS}


def tool_names(state: State) -> list[str]:
    """Give the full name of every tool."""
    return [tool.name for service in state.services.values() for tool in service.tools]
