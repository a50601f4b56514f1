"""The views by name, each imported when one first goes there: a start waits for one of them alone.

What they have in common is in ``screens.view``.
"""

from __future__ import annotations

from importlib import import_module

from micro_tui.desk import Desk
from micro_tui.screens.view import View

_CLASSES = {
    "calls": "CallsView",
    "tools": "ToolsView",
    "logs": "LogsView",
    "services": "ServicesView",
    "clients": "ClientsView",
    "limits": "LimitsView",
    "audit": "AuditView",
    "problems": "ProblemsView",
    "tokens": "TokensView",
}
"""In the order of the tabs; a module of ``screens`` is named as its view."""

NAMES = tuple(_CLASSES)


def view_class(name: str) -> type[View]:
    """Give the class of a view."""
    return getattr(import_module(f"micro_tui.screens.{name}"), _CLASSES[name])


def make_view(name: str, desk: Desk) -> View:
    """Give a view of the desk."""
    return view_class(name)(desk)
