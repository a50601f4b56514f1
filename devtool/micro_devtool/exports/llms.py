"""The tools as one short text for a model to read, in the form of llms.txt. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from micro.snapshots import ServiceView, ToolView
from micro_devtool.exports.markdown import code, escape
from micro_devtool.exports.types import constraint_words, type_words


def llms_text(services: Sequence[ServiceView], *, title: str) -> str:
    """Give the text: the project, then each service, then a line for each tool and parameter."""
    return "\n".join(_lines(services, title)).rstrip("\n") + "\n"


def _lines(services: Sequence[ServiceView], title: str) -> Iterator[str]:
    ordered = sorted(services, key=lambda service: service.name)
    names = ", ".join(service.name for service in ordered)
    yield from (f"# {escape(title)}", "", f"> Tools that are called over MCP: {escape(names)}.", "")
    for service in ordered:
        yield from (f"## {escape(service.name)}", "")
        if service.description:
            yield from (escape(" ".join(service.description.split())), "")
        for tool in sorted(service.tools, key=lambda tool: tool.name):
            yield from _tool(tool)
        yield ""


def _tool(tool: ToolView) -> Iterator[str]:
    scopes = f" Needs {', '.join(tool.scopes)}." if tool.scopes else ""
    words = escape(" ".join(tool.description.split()) + scopes)
    yield f"- {code(tool.wire_name)}: {words}".rstrip(": ")
    required = set(tool.input_schema.get("required", ()))
    for name, schema in tool.input_schema.get("properties", {}).items():
        about = ", ".join([type_words(schema), *constraint_words(schema)])
        optional = "" if name in required else ", optional"
        described = (
            f": {' '.join(schema['description'].split())}" if "description" in schema else ""
        )
        yield f"  - {code(name)} ({escape(about + optional)}){escape(described)}"
