"""About how many tokens a text costs a model, and a tool every request of every agent.

An estimate: no two models count alike. What clients make of a tool is in ``clientlimits``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from micro.snapshots import ServiceView, ToolView

_BYTES_A_TOKEN = 4
"""Of English and of JSON, about."""


def tokens_in(text: str) -> int:
    """Estimate what a text costs."""
    return tokens_in_bytes(len(text.encode("utf-8", "replace")))


def tokens_in_bytes(count: int) -> int:
    """Estimate what a text of this size costs."""
    return -(-count // _BYTES_A_TOKEN)


def tokens_of(tool: ToolView, *, name: str = "", description: str | None = None) -> int:
    """Estimate what a tool's name, description and input schema cost.

    ``name`` and ``description`` stand for the tool's own where a client shows others.
    """
    seen = {
        "name": name or tool.wire_name,
        "description": tool.description if description is None else description,
        "input_schema": tool.input_schema,
    }
    return tokens_in(json.dumps(seen, ensure_ascii=False, separators=(",", ":")))


def tokens_of_all(services: Sequence[ServiceView]) -> int:
    """Estimate what all tools cost together."""
    return sum(tokens_of(tool) for service in services for tool in service.tools)
