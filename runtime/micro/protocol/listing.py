"""The list of tools as clients see it, written once for all who see the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from micro.calls import Tool, ToolSpec

KEPT = 64
"""Lists kept: one for each set of scopes that callers hold."""

_encode = msgspec.json.Encoder().encode


def list_result(tools: Sequence[Tool]) -> dict[str, Any]:
    """Give the result of ``tools/list``.

    It stays private to the caller: it depends on what the caller may do.
    """
    return {
        "tools": [tool_entry(tool.spec) for tool in tools],
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "private",
    }


def tool_entry(spec: ToolSpec) -> dict[str, Any]:
    """Give a tool as the list has it; what is not known is left out."""
    entry: dict[str, Any] = {"name": spec.wire_name, "inputSchema": spec.input_schema}
    if spec.title:
        entry["title"] = spec.title
    if spec.description:
        entry["description"] = spec.description
    if spec.output_schema is not None:
        entry["outputSchema"] = spec.output_schema
    if spec.annotations:
        entry["annotations"] = spec.annotations
    return entry


class PreparedLists:
    """Lists of tools as JSON text, each written when it is first asked for.

    A list is known by the very tuple that the gateway gives, which it gives again until a reload.
    """

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Sequence[Tool], bytes]] = {}

    def text_of(self, tools: Sequence[Tool]) -> bytes:
        """Give the array of tools."""
        known = self._texts.get(id(tools))
        if known is not None and known[0] is tools:
            return known[1]
        if len(self._texts) >= KEPT:
            self._texts.clear()
        text = _encode([tool_entry(tool.spec) for tool in tools])
        self._texts[id(tools)] = (tools, text)
        return text
