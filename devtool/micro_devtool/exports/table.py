"""The tools as a table for a terminal, and the resources and prompts as another."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import ServiceView, ToolView
from micro.tokens import tokens_of
from micro_devtool.tables import table


def tool_table(services: Sequence[ServiceView], *, width: int | None = None) -> str:
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
    return table(("TOOL", "PARAMETERS", "SCOPES", "TOKENS", "WHAT IT DOES"), rows, width=width)


def offer_table(services: Sequence[ServiceView], *, width: int | None = None) -> str:
    """Give one line a resource or a prompt; empty if there are none."""
    resources = [each for service in services for each in service.resources]
    prompts = [each for service in services for each in service.prompts]
    ordered = [(each, each.uri) for each in sorted(resources, key=lambda each: each.name)]
    ordered += [(each, _signature(each)) for each in sorted(prompts, key=lambda each: each.name)]
    rows = [
        (
            each.name,
            "resource" if each.uri else "prompt",
            what,
            " ".join(each.scopes) or "-",
            each.description.strip().split("\n", 1)[0],
        )
        for each, what in ordered
    ]
    headings = ("NAME", "KIND", "URI OR ARGUMENTS", "SCOPES", "WHAT IT GIVES")
    return table(headings, rows, width=width) if rows else ""


def _signature(tool: ToolView) -> str:
    required = set(tool.input_schema.get("required", ()))
    names = tool.input_schema.get("properties", {})
    return "(" + ", ".join(name if name in required else f"{name}?" for name in names) + ")"
