"""The tools as an agent of the AutoGPT Platform, to be imported in its builder. Pure.

A node for each tool, of the platform's own block for MCP, and one for its result. AutoGPT is no
library that could be installed: what runs the agent is the platform.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from micro.snapshots import ServiceView, ToolView

MCP_TOOL_BLOCK = "a0a4b1c2-d3e4-4f56-a7b8-c9d0e1f2a3b4"
OUTPUT_BLOCK = "363ae599-353e-4804-937e-b2ee3cef3da4"
_COLUMN, _ROW = 600, 320
"""Distances between nodes on the builder's canvas."""


def agent_text(services: Sequence[ServiceView], *, title: str, url: str) -> str:
    """Give the agent as JSON text; the same tools at the same ``url`` of MCP give the same text."""
    tools = sorted(
        (tool for service in services for tool in service.tools), key=lambda tool: tool.name
    )
    nodes: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for row, tool in enumerate(tools):
        called, given, link = _nodes(tool, url, row)
        nodes += (called, given)
        links.append(link)
    agent = {
        "id": _id(url, "agent"),
        "version": 1,
        "is_active": True,
        "name": title,
        "description": f"The tools of {title}, called over MCP at {url}.",
        "nodes": nodes,
        "links": links,
    }
    return json.dumps(agent, indent=2, ensure_ascii=False) + "\n"


def _nodes(tool: ToolView, url: str, row: int) -> tuple[dict[str, Any], ...]:
    """Give the node that calls a tool, the one that takes its result, and the link of both."""
    call, output = _id(url, tool.wire_name), _id(url, tool.wire_name, "output")
    link = {
        "id": _id(url, tool.wire_name, "link"),
        "source_id": call,
        "sink_id": output,
        "source_name": "result",
        "sink_name": "value",
        "is_static": False,
    }
    asked = {
        "server_url": url,
        "selected_tool": tool.wire_name,
        "tool_input_schema": tool.input_schema,
        "tool_arguments": tool.examples[0] if tool.examples else {},
    }
    told = {"name": tool.wire_name, "description": tool.description.strip().split("\n", 1)[0]}
    return (
        _node(call, MCP_TOOL_BLOCK, asked, (0, row), output_links=[link]),
        _node(output, OUTPUT_BLOCK, told, (1, row), input_links=[link]),
        link,
    )


def _node(
    id: str, block: str, inputs: dict[str, Any], place: tuple[int, int], **links: list[Any]
) -> dict[str, Any]:
    column, row = place
    return {
        "id": id,
        "block_id": block,
        "input_default": inputs,
        "metadata": {"position": {"x": column * _COLUMN, "y": row * _ROW}},
        "input_links": links.get("input_links", []),
        "output_links": links.get("output_links", []),
    }


def _id(*of: str) -> str:
    return str(uuid5(NAMESPACE_URL, "#".join(of)))
