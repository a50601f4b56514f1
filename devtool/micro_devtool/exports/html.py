"""The documentation of services as one page of HTML that needs nothing beside it. Pure.

How it looks and how its search works is in ``page.html``, whose ``$`` names are filled here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from micro.snapshots import ServiceView, ToolView
from micro_devtool.exports.types import Schema, constraint_words, type_words
from micro_tui.format import plural


def html_page(services: Sequence[ServiceView], *, title: str) -> str:
    """Give the page; the same services give the same text."""
    ordered = sorted(services, key=lambda service: service.name)
    template = Template(files(__name__.rpartition(".")[0]).joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title),
        count=plural(sum(len(service.tools) for service in ordered), "tool"),
        nav="\n".join(line for service in ordered for line in _nav(service)),
        main="\n".join(line for service in ordered for line in _service(service)),
    )


def _nav(service: ServiceView) -> Iterator[str]:
    yield f"<h2>{escape(service.name)}</h2><ul>"
    for _, tool in _members(service):
        name = escape(tool.name)
        yield f'<li><a href="#{name}">{name.rpartition(".")[2]}</a></li>'
    yield "</ul>"


def _service(service: ServiceView) -> Iterator[str]:
    version = f" <small>{escape(service.version)}</small>" if service.version else ""
    yield f"<h1>{escape(service.name)}{version}</h1>{_paragraphs(service.description)}"
    for kind, tool in _members(service):
        yield from _tool(tool, kind)


def _tool(tool: ToolView, kind: str) -> Iterator[str]:
    name = escape(tool.name)
    yield f'<section id="{name}"><h2><a href="#{name}">{name}</a></h2>'
    yield f'<p class="facts">{kind}{"".join(_facts(tool))}</p>{_paragraphs(tool.description)}'
    yield "<h3>Parameters</h3>" + (_fields(tool.input_schema) or "<p>None.</p>")
    if tool.returns or tool.output_schema:
        told = _paragraphs(tool.returns) + _type(tool.output_schema or {})
        yield f"<h3>Result</h3>{told}"
    for kind, schema in _definitions(tool):
        yield f"<details><summary>{_code(kind)}</summary>{_type(schema)}</details>"
    for example in tool.examples:
        text = json.dumps(example, indent=2, ensure_ascii=False)
        yield f"<h3>Example</h3><pre>{escape(text)}</pre>"
    if tool.raises:
        listed = "".join(f"<li>{_code(e)}: {escape(when)}</li>" for e, when in tool.raises)
        yield f"<h3>Errors</h3><ul>{listed}</ul>"
    yield "</section>"


def _facts(tool: ToolView) -> Iterator[str]:
    yield f"<span>on the wire {_code(tool.wire_name)}</span>"
    for scope in tool.scopes:
        yield f"<span>needs {_code(scope)}</span>"
    for limit in tool.limits:
        yield f"<span>{escape(limit)}</span>"
    for hint, value in sorted(tool.annotations.items()):
        yield f"<span>{escape(hint)}: {escape(json.dumps(value))}</span>"


def _type(schema: Schema) -> str:
    """Give an object's fields, or what else the type is."""
    if fields := _fields(schema):
        return fields
    return f"<p>{escape(type_words(schema))}</p>" if schema else ""


def _fields(schema: Schema) -> str:
    properties: dict[str, Schema] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    rows = [_field(name, given, name in required) for name, given in properties.items()]
    return f"<dl>{''.join(rows)}</dl>" if rows else ""


def _field(name: str, schema: Schema, required: bool) -> str:
    words = [f"<b>{escape(type_words(schema))}</b>", *map(escape, constraint_words(schema))]
    if "default" in schema:
        words.append(f"default {_code(json.dumps(schema['default'], ensure_ascii=False))}")
    optional = "" if required else " <i>optional</i>"
    about = _paragraphs(schema.get("description", ""))
    return f"<dt>{_code(name)}{optional}</dt><dd>{', '.join(words)}{about}</dd>"


def _definitions(tool: ToolView) -> list[tuple[str, Schema]]:
    found: dict[str, Any] = {}
    for schema in (tool.input_schema, tool.output_schema or {}):
        found |= schema.get("$defs", {})
    return sorted(found.items())


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _members(service: ServiceView) -> Iterator[tuple[str, ToolView]]:
    """Give the tools, then the resources and the prompts, each with what tells it from a tool."""
    for tool in sorted(service.tools, key=lambda tool: tool.name):
        yield "", tool
    for resource in sorted(service.resources, key=lambda each: each.name):
        yield f"<span>resource {_code(resource.uri)}</span>", resource
    for prompt in sorted(service.prompts, key=lambda each: each.name):
        yield "<span>prompt</span>", prompt
