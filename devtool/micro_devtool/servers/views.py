"""Another server's tools as the rest of the command line sees those of a project. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from mcp.types import Tool

from micro.snapshots import ServiceView, ToolView


class Listed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What micro's REST door says of a tool, beyond what MCP does."""

    name: str
    mcp_name: str
    scopes: tuple[str, ...] = ()


def service_view(
    tools: Sequence[Tool],
    *,
    name: str,
    version: str,
    instructions: str,
    known: Mapping[str, Listed],
) -> ServiceView:
    """Give a server as one service.

    Args:
        tools: As it lists them.
        name: As it calls itself; may be empty.
        version: Its own.
        instructions: What it tells models about itself.
        known: What else is known of its tools, by their names in MCP.
    """
    return ServiceView(
        name=name or "server",
        version=version,
        description=instructions,
        generation=1,
        state="serving",
        loaded_at=0.0,
        load_duration=0.0,
        file="",
        error=None,
        changes=(),
        tools=tuple(_tool_view(tool, known.get(tool.name)) for tool in tools),
    )


def _tool_view(tool: Tool, known: Listed | None) -> ToolView:
    return ToolView(
        name=known.name if known else tool.name,
        wire_name=tool.name,
        title=tool.title or (tool.annotations.title if tool.annotations else None) or "",
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        scopes=known.scopes if known else (),
        annotations=hints_of(tool),
        examples=(),
        returns="",
        raises=(),
        file="",
        line=0,
    )


def hints_of(tool: Tool) -> dict[str, Any]:
    """Give MCP's hints on a tool, those that it has."""
    hints = tool.annotations
    return hints.model_dump(by_alias=True, exclude_none=True) if hints else {}
