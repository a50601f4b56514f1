"""The documentation of services as Markdown. Pure, and the same services give the same text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from micro.snapshots import ServiceView, ToolView
from micro_devtool.exports.types import Schema, constraint_words, type_words

_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")
_FENCE = re.compile(r"`+")
_HINTS = {
    "readOnlyHint": ("reads only", "may change things"),
    "destructiveHint": ("may destroy", "only adds"),
    "idempotentHint": ("repeating it changes nothing more", "repeating it acts again"),
    "openWorldHint": ("reaches the outside world", "stays in its own world"),
}


def project_page(services: Sequence[ServiceView]) -> str:
    """Give one page with every service."""
    ordered = sorted(services, key=lambda service: service.name)
    return "\n".join(service_page(service) for service in ordered)


def service_page(service: ServiceView) -> str:
    """Give one service's page: what it is for, then each of its tools."""
    return "\n".join(_service_lines(service)).rstrip("\n") + "\n"


def _service_lines(service: ServiceView) -> Iterator[str]:
    version = f" {service.version}" if service.version else ""
    yield f"# {escape(service.name + version)}"
    yield ""
    yield from _paragraphs(service.description)
    tools = sorted(service.tools, key=lambda tool: tool.name)
    for tool in tools:
        yield f"- {code(tool.name)}: {escape(_first_line(tool.description))}".rstrip(": ")
    yield ""
    for tool in tools:
        yield from _tool_lines(tool)
    for heading, offers in (("Resources", service.resources), ("Prompts", service.prompts)):
        for number, offer in enumerate(sorted(offers, key=lambda offer: offer.name)):
            yield from () if number else (f"## {heading}", "")
            yield from _offer_lines(offer)


def _offer_lines(offer: ToolView) -> Iterator[str]:
    """Give a resource or a prompt."""
    title = f": {offer.title}" if offer.title else ""
    yield f"### {code(offer.name)}{escape(title)}"
    yield ""
    yield from _paragraphs(offer.description)
    if offer.uri:
        mime_type = f", {escape(offer.mime_type)}" if offer.mime_type else ""
        yield f"- URI: {code(offer.uri)}{mime_type}"
    yield from _facts(offer)
    heading = "Variables" if offer.uri else "Arguments"
    yield from _fields(heading, offer.input_schema)


def _tool_lines(tool: ToolView) -> Iterator[str]:
    title = f": {tool.title}" if tool.title else ""
    yield f"## {code(tool.name)}{escape(title)}"
    yield ""
    yield from _paragraphs(tool.description)
    yield from _facts(tool)
    yield from _fields("Parameters", tool.input_schema)
    yield from _result_lines(tool)
    yield from _definitions(tool)
    for number, example in enumerate(tool.examples, 1):
        yield f"Example{f' {number}' if len(tool.examples) > 1 else ''}:"
        yield ""
        yield from _fenced(json.dumps(example, indent=2, ensure_ascii=False))
    if tool.raises:
        yield "Errors:"
        yield ""
        yield from (f"- {code(error)}: {escape(when)}" for error, when in tool.raises)
        yield ""


def _facts(tool: ToolView) -> Iterator[str]:
    yield f"- On the wire: {code(tool.wire_name)}"
    if tool.scopes:
        yield f"- Needs: {', '.join(code(scope) for scope in tool.scopes)}"
    if tool.limits:
        yield f"- Limits: {escape(', '.join(tool.limits))}"
    hints = [
        _HINTS[key][not value] for key, value in sorted(tool.annotations.items()) if key in _HINTS
    ]
    if hints:
        yield f"- Hints: {', '.join(hints)}"
    if tool.file:
        yield f"- Source: {code(f'{tool.file}:{tool.line}')}"
    yield ""


def _fields(heading: str, schema: Schema) -> Iterator[str]:
    """Give a table of an object's properties."""
    properties: dict[str, Schema] = schema.get("properties", {})
    if not properties:
        if heading == "Parameters":
            yield "No parameters."
            yield ""
        return
    yield f"{heading}:"
    yield ""
    yield "| name | type | required | default | constraints | description |"
    yield "| --- | --- | --- | --- | --- | --- |"
    required = set(schema.get("required", ()))
    for name, given in properties.items():
        default = code(_json(given["default"])) if "default" in given else ""
        cells = (
            code(name),
            escape(type_words(given)),
            "yes" if name in required else "no",
            default,
            escape(", ".join(constraint_words(given))),
            escape(given.get("description", "")),
        )
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"
    yield ""


def _result_lines(tool: ToolView) -> Iterator[str]:
    if tool.returns:
        yield f"Result: {escape(_one_line(tool.returns))}"
        yield ""
    if tool.output_schema is not None:
        yield from _fields("Result fields" if tool.returns else "Result", tool.output_schema)


def _definitions(tool: ToolView) -> Iterator[str]:
    """Give a table for each named type that the tool's schemas refer to."""
    named: dict[str, Schema] = {}
    for schema in (tool.input_schema, tool.output_schema or {}):
        named |= schema.get("$defs", {})
    for name, schema in sorted(named.items()):
        if "properties" in schema:
            yield from _fields(code(name), schema)
        else:
            yield f"{code(name)}: {escape(type_words(schema))}"
            yield ""


def _paragraphs(text: str) -> Iterator[str]:
    if text.strip():
        yield from (escape(line) for line in text.strip().splitlines())
        yield ""


def _fenced(text: str) -> Iterator[str]:
    longest = max((len(run) for run in _FENCE.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}json", *text.splitlines(), fence, "")


def escape(text: str) -> str:
    """Make text mean itself in Markdown, and harmless where Markdown becomes HTML."""
    return _SPECIAL.sub(r"\\\1", html.escape(text, quote=False))


def code(text: str) -> str:
    """Give text as inline code, whatever backticks are in it."""
    line = _one_line(text)
    longest = max((len(run) for run in _FENCE.findall(line)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _cell(text: str) -> str:
    """Keep text in its cell: no newline, no bar that is not escaped."""
    return re.sub(r"(?<!\\)\|", r"\\|", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
