"""About how many tokens a tool costs every request of every agent that is connected."""

from __future__ import annotations

import json
from collections.abc import Sequence

from micro.snapshots import ServiceView, ToolView

_BYTES_A_TOKEN = 4
"""Of English and of JSON, about; no two models count alike."""


def tokens_of(tool: ToolView) -> int:
    """Estimate what a tool's name, description and input schema cost."""
    seen = {
        "name": tool.wire_name,
        "description": tool.description,
        "input_schema": tool.input_schema,
    }
    text = json.dumps(seen, ensure_ascii=False, separators=(",", ":"))
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)


def tokens_of_all(services: Sequence[ServiceView]) -> int:
    """Estimate what all tools cost together."""
    return sum(tokens_of(tool) for service in services for tool in service.tools)
