"""A tool as its author and its clients see it, as a page of blocks; and the list of them.

Resources and prompts are shown alike.
"""

from __future__ import annotations

import json
from typing import Any, cast

from micro.snapshots import ServiceView, ToolView
from micro_tui import format as words
from micro_tui.paint.blocks import Block, Drawn, prose, rows
from micro_tui.paint.folds import json_block
from micro_tui.paint.services import Item
from micro_tui.parts import SPACE, Parts, cut, justify, pad, width_of
from micro_tui.state import State
from micro_tui.stats import ToolStats

_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "pattern": "{}",
    "default": "default {}",
}


def tool_rows(state: State, width: int) -> list[Item]:
    """Give the list of tools, resources and prompts under their services."""
    items: list[Item] = []
    for _, service in sorted(state.services.items()):
        right: Parts = [("dim", f"v{service.generation}"), SPACE]
        items.append(
            ("", justify([SPACE, ("strong", cut(service.name, width - 8))], right, width=width))
        )
        for key, offer in offers_of(service):
            kind = key.partition(":")[0] if ":" in key else ""
            calls = state.stats.tool(offer.name).calls
            name = offer.name.partition(".")[2] or offer.name
            count: Parts = [("dim", kind), ("dim", f" {calls:,}" if calls else ""), SPACE]
            room = width - 4 - width_of(count)
            items.append((key, justify([("base", "   " + cut(name, room))], count, width=width)))
    return items or [("", [("dim", " no tools yet")])]


def offers_of(service: ServiceView) -> list[tuple[str, ToolView]]:
    """Give what a service offers, by key: a tool's name, ``resource:NAME`` or ``prompt:NAME``."""
    offers = [(tool.name, tool) for tool in service.tools]
    offers += [(f"resource:{each.name}", each) for each in service.resources]
    return offers + [(f"prompt:{each.name}", each) for each in service.prompts]


def tool_page(tool: ToolView, stats: ToolStats) -> list[Block]:
    """Give the page of a tool: docs, scopes, input, output, examples, schemas, where it is."""
    page: list[Block] = []
    page.append(prose("", tool.description or "No description: agents choose by it.", style="base"))
    page += _facts(tool, stats)
    page.append(Drawn("input", lambda width: _parameters(tool.input_schema, width)))
    if tool.returns:
        page.append(prose("returns", tool.returns))
    if tool.raises:
        page.append(rows("raises", [_raised(name, text) for name, text in tool.raises]))
    page += [json_block("example", json.dumps(example)) for example in tool.examples]
    page.append(json_block("schema", json.dumps(tool.input_schema)))
    if tool.output_schema is not None:
        page.append(json_block("output", json.dumps(tool.output_schema)))
    return page


def _raised(name: str, text: str) -> Parts:
    return [("name", cut(name, 40)), SPACE, ("base", cut(text, 200))]


def _facts(tool: ToolView, stats: ToolStats) -> list[Block]:
    hints = [name.removesuffix("Hint") for name, value in tool.annotations.items() if value is True]
    p95 = "" if stats.p95 is None else f", p95 {words.duration(stats.p95)}"
    failed = f", {stats.failures:,} failed" if stats.failures else ""
    facts = {
        "uri": tool.uri,
        "type": tool.mime_type,
        "scopes": " ".join(tool.scopes) or "none",
        "limits": ", ".join(tool.limits),
        "asks": {"always": "somebody, each time", "sometimes": "somebody, for some calls"}.get(
            tool.approval, ""
        ),
        "hints": " ".join(hints),
        "where": f"{tool.file}:{tool.line}" if tool.file else "",
        "calls": f"{stats.calls:,}{failed}{p95}" if stats.calls else "",
    }
    lines: list[Parts] = [
        [("dim", pad(label, 8)), ("base", cut(text, 200))] for label, text in facts.items() if text
    ]
    return [rows("", lines)]


def _parameters(schema: dict[str, Any], width: int) -> list[Parts]:
    properties = cast("dict[str, Any]", schema.get("properties") or {})
    if not properties:
        return [[("dim", "takes no arguments")]]
    required = cast("list[str]", schema.get("required") or [])
    names = min(24, max(map(len, properties)))
    types = {name: type_text(value) for name, value in properties.items()}
    room = min(28, max(map(len, types.values())))
    lines: list[Parts] = []
    for name, value in properties.items():
        asked: Parts = [("warn", "required") if name in required else ("dim", "optional")]
        line: Parts = [("name", pad(name, names)), SPACE, ("number", pad(types[name], room)), SPACE]
        said = cut(about(value), max(0, width - names - room - 12))
        lines.append([*line, *asked, SPACE, ("base", said)])
    return lines


def type_text(schema: Any) -> str:
    """Give a JSON Schema's type in a few words: ``string``, ``integer[]``, ``Order | null``."""
    if not isinstance(schema, dict):
        return "any"
    known = cast("dict[str, Any]", schema)
    if "$ref" in known:
        return str(known["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf"):
        if key in known:
            return " | ".join(dict.fromkeys(type_text(option) for option in known[key]))
    if "enum" in known:
        return " | ".join(json.dumps(value) for value in known["enum"])
    if "const" in known:
        return json.dumps(known["const"])
    kind = known.get("type", "any")
    if kind == "array":
        return f"{type_text(known.get('items'))}[]"
    if isinstance(kind, list):
        return " | ".join(map(str, cast("list[object]", kind)))
    return str(known.get("format") or kind)


def about(schema: Any) -> str:
    """Give what a JSON Schema says of a value beside its type: limits, default, description."""
    if not isinstance(schema, dict):
        return ""
    known = cast("dict[str, Any]", schema)
    limits = [
        text.format(json.dumps(known[key]) if key == "default" else known[key])
        for key, text in _LIMITS.items()
        if key in known
    ]
    return "  ".join(filter(None, [", ".join(limits), str(known.get("description", ""))]))


def tool_text(tool: ToolView) -> str:
    """Give a tool's schemas as JSON to paste somewhere."""
    kept = {
        "name": tool.wire_name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
    }
    return json.dumps({key: value for key, value in kept.items() if value}, indent=2)
