"""The tools as the makers of models take them in a request. Pure; ``write`` writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

from micro.snapshots import ServiceView, ToolView

Maker = Literal["openai", "anthropic", "gemini"]


def functions_text(services: Sequence[ServiceView], maker: Maker) -> str:
    """Give the value of ``tools`` in a request, as JSON text."""
    tools = [tool for service in services for tool in service.tools]
    ordered = sorted(tools, key=lambda tool: tool.name)
    return json.dumps(_FORMS[maker](ordered), indent=2, ensure_ascii=False) + "\n"


def _openai(tools: Sequence[ToolView]) -> list[Any]:
    return [{"type": "function", "function": _described(tool, "parameters")} for tool in tools]


def _anthropic(tools: Sequence[ToolView]) -> list[Any]:
    return [_described(tool, "input_schema") for tool in tools]


def _gemini(tools: Sequence[ToolView]) -> list[Any]:
    return [{"functionDeclarations": [_described(tool, "parametersJsonSchema") for tool in tools]}]


def _described(tool: ToolView, key: str) -> dict[str, Any]:
    return {"name": tool.wire_name, "description": tool.description, key: tool.input_schema}


_FORMS: dict[Maker, Callable[[Sequence[ToolView]], list[Any]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
}
