"""The tools as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import ServiceView, ToolView
from micro_devtool.clients.tokens import tokens_of
from micro_devtool.tables import table


def tool_table(services: Sequence[ServiceView]) -> str:
    """Give one line a tool: its name, parameters, scopes, about its tokens, and what it does."""
    tools = [tool for service in services for tool in service.tools]
    rows = [
        (
            tool.name,
            _signature(tool),
            " ".join(tool.scopes) or "-",
            str(tokens_of(tool)),
            tool.description.strip().split("\n", 1)[0],
        )
        for tool in sorted(tools, key=lambda tool: tool.name)
    ]
    return table(("TOOL", "PARAMETERS", "SCOPES", "TOKENS", "WHAT IT DOES"), rows)


def _signature(tool: ToolView) -> str:
    required = set(tool.input_schema.get("required", ()))
    names = tool.input_schema.get("properties", {})
    return "(" + ", ".join(name if name in required else f"{name}?" for name in names) + ")"
