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


def html_page(services: Sequence[ServiceView], *, title: str) -> str:
    """Give the page; the same services give the same text."""
    ordered = sorted(services, key=lambda service: service.name)
    template = Template(files(__name__.rpartition(".")[0]).joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title),
        count=sum(len(service.tools) for service in ordered),
        nav="\n".join(line for service in ordered for line in _nav(service)),
        main="\n".join(line for service in ordered for line in _service(service)),
    )


def _nav(service: ServiceView) -> Iterator[str]:
    yield f"<h2>{escape(service.name)}</h2><ul>"
    for tool in _tools(service):
        name = escape(tool.name)
        yield f'<li><a href="#{name}">{name.partition(".")[2]}</a></li>'
    yield "</ul>"


def _service(service: ServiceView) -> Iterator[str]:
    version = f" <small>{escape(service.version)}</small>" if service.version else ""
    yield f"<h1>{escape(service.name)}{version}</h1>{_paragraphs(service.description)}"
    for tool in _tools(service):
        yield from _tool(tool)


def _tool(tool: ToolView) -> Iterator[str]:
    name = escape(tool.name)
    yield f'<section id="{name}"><h2><a href="#{name}">{name}</a></h2>'
    yield f'<p class="facts">{"".join(_facts(tool))}</p>{_paragraphs(tool.description)}'
    yield from _fields("Parameters", tool.input_schema)
    if tool.returns or tool.output_schema:
        yield f"<h3>Result</h3>{_paragraphs(tool.returns)}"
        yield from _fields("", tool.output_schema or {})
    for kind, schema in _definitions(tool):
        yield from _fields(kind, schema)
    for example in tool.examples:
        text = json.dumps(example, indent=2, ensure_ascii=False)
        yield f"<h3>Example</h3><pre>{escape(text)}</pre>"
    if tool.raises:
        listed = "".join(f"<li>{_code(e)}: {escape(when)}</li>" for e, when in tool.raises)
        yield f"<h3>Errors</h3><ul>{listed}</ul>"
    yield "</section>"


def _facts(tool: ToolView) -> Iterator[str]:
    yield f"<span>wire name {_code(tool.wire_name)}</span>"
    for scope in tool.scopes:
        yield f"<span>needs {_code(scope)}</span>"
    for hint, value in sorted(tool.annotations.items()):
        yield f"<span>{escape(hint)}: {escape(json.dumps(value))}</span>"


def _fields(heading: str, schema: Schema) -> Iterator[str]:
    properties: dict[str, Schema] = schema.get("properties", {})
    if heading:
        yield f"<h3>{escape(heading)}</h3>"
    if not properties:
        words = "None." if heading == "Parameters" else escape(type_words(schema))
        yield f"<p>{words}</p>" if heading else ""
        return
    heads = ("name", "type", "default", "constraints", "description")
    yield "<table><thead><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead>"
    required = set(schema.get("required", ()))
    for name, given in properties.items():
        default = _code(json.dumps(given.get("default"), ensure_ascii=False))
        cells = (
            _code(name) + ("" if name in required else " <i>optional</i>"),
            escape(type_words(given)),
            default if "default" in given else "",
            escape(", ".join(constraint_words(given))),
            escape(given.get("description", "")),
        )
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _definitions(tool: ToolView) -> list[tuple[str, Schema]]:
    found: dict[str, Any] = {}
    for schema in (tool.input_schema, tool.output_schema or {}):
        found |= schema.get("$defs", {})
    return sorted(found.items())


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _tools(service: ServiceView) -> list[ToolView]:
    return sorted(service.tools, key=lambda tool: tool.name)
