"""The tools as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import ServiceView, ToolView
from micro_tui.format import clean


def tool_table(services: Sequence[ServiceView]) -> str:
    """Give one line a tool: its name, its parameters, the first line of what it does."""
    tools = [tool for service in services for tool in service.tools]
    rows = [
        (tool.name, _signature(tool), _first_line(tool.description))
        for tool in sorted(tools, key=lambda tool: tool.name)
    ]
    cells = [tuple(clean(cell) for cell in row) for row in rows]
    first, second = (max((len(row[column]) for row in cells), default=0) for column in (0, 1))
    return "\n".join(
        f"{name:<{first}}  {given:<{second}}  {words}".rstrip() for name, given, words in cells
    )


def _signature(tool: ToolView) -> str:
    required = set(tool.input_schema.get("required", ()))
    names = tool.input_schema.get("properties", {})
    return "(" + ", ".join(name if name in required else f"{name}?" for name in names) + ")"


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
