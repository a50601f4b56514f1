"""Every tool as JSON: what other programs need to call it. Pure; ``write`` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from micro.snapshots import ServiceView, ToolView


def schemas_text(services: Sequence[ServiceView]) -> str:
    """Give the services and their tools as JSON text; the same services give the same text."""
    found = {"services": [_service(service) for service in _by_name(services)]}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _service(service: ServiceView) -> dict[str, Any]:
    tools = sorted(service.tools, key=lambda tool: tool.name)
    return {
        "name": service.name,
        "version": service.version,
        "description": service.description,
        "tools": [_tool(tool) for tool in tools],
    }


def _tool(tool: ToolView) -> dict[str, Any]:
    """Give one tool; ``name`` is MCP's, and what is empty is left out."""
    described: dict[str, Any] = {
        "name": tool.wire_name,
        "canonicalName": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
        "scopes": list(tool.scopes),
        "limits": list(tool.limits),
        "examples": list(tool.examples),
        "returns": tool.returns,
        "raises": [{"error": error, "when": when} for error, when in tool.raises],
    }
    needed = ("name", "canonicalName", "description", "inputSchema", "scopes")
    return {key: value for key, value in described.items() if value or key in needed}


def _by_name(services: Sequence[ServiceView]) -> list[ServiceView]:
    return sorted(services, key=lambda service: service.name)
