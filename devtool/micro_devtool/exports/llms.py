"""The tools as one text for a model to read, in the form of llms.txt: short, or all of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from micro.snapshots import ServiceView, ToolView
from micro_devtool.exports.markdown import code, escape, service_page
from micro_devtool.exports.types import constraint_words, type_words

_HEADING = re.compile(r"^#+ ", re.MULTILINE)


def llms_text(services: Sequence[ServiceView], *, title: str) -> str:
    """Give the text: the project, then each service, then a line for each tool and parameter."""
    return "\n".join(_lines(services, title)).rstrip("\n") + "\n"


def llms_full_text(services: Sequence[ServiceView], *, title: str) -> str:
    """Give the text with all that is known of each tool."""
    ordered = sorted(services, key=lambda service: service.name)
    pages = (_HEADING.sub(r"#\g<0>", service_page(service)) for service in ordered)
    return "\n".join([*_head(ordered, title), *pages]).rstrip("\n") + "\n"


def _head(ordered: Sequence[ServiceView], title: str) -> Iterator[str]:
    names = ", ".join(service.name for service in ordered)
    yield from (f"# {escape(title)}", "", f"> Tools that are called over MCP: {escape(names)}.", "")


def _lines(services: Sequence[ServiceView], title: str) -> Iterator[str]:
    ordered = sorted(services, key=lambda service: service.name)
    yield from _head(ordered, title)
    for service in ordered:
        yield from (f"## {escape(service.name)}", "")
        if service.description:
            yield from (escape(" ".join(service.description.split())), "")
        for tool in sorted(service.tools, key=lambda tool: tool.name):
            yield from _tool(tool)
        for resource in sorted(service.resources, key=lambda each: each.name):
            yield from _tool(resource, f"resource {code(resource.uri)}")
        for prompt in sorted(service.prompts, key=lambda each: each.name):
            yield from _tool(prompt, f"prompt {code(prompt.wire_name)}")
        yield ""


def _tool(tool: ToolView, name: str = "") -> Iterator[str]:
    scopes = f" Needs {', '.join(tool.scopes)}." if tool.scopes else ""
    words = escape(" ".join(tool.description.split()) + scopes)
    yield f"- {name or code(tool.wire_name)}: {words}".rstrip(": ")
    required = set(tool.input_schema.get("required", ()))
    for name, schema in tool.input_schema.get("properties", {}).items():
        about = ", ".join([type_words(schema), *constraint_words(schema)])
        optional = "" if name in required else ", optional"
        described = (
            f": {' '.join(schema['description'].split())}" if "description" in schema else ""
        )
        yield f"  - {code(name)} ({escape(about + optional)}){escape(described)}"
