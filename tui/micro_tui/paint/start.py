"""The first screen, before anyone has called: how to connect a client and how to call by hand."""

from __future__ import annotations

from micro.snapshots import ToolView
from micro_tui import format as words
from micro_tui.paint.blocks import Block, Text, plain, prose, rows
from micro_tui.parts import Parts, cut
from micro_tui.samples import sample
from micro_tui.snippets import connect_command, curl, http_base
from micro_tui.state import State

_SERVICE = '''\
from micro import Service

hello = Service("hello")

@hello.tool
def greet(name: str) -> str:
    """Greet someone by name."""
    return f"Hello, {name}!"'''


def start_page(state: State) -> list[Block]:
    """Give the page for what there is: nothing yet, no service, or tools that nobody called."""
    if state.link == "connecting":
        return [prose("", "Starting…", style="dim")]
    if not state.services and state.host.state == "starting":
        return [prose("", "Loading the project's code…", style="dim")]
    if not state.services:
        return _no_service(state)
    served = words.plural(state.tool_count, "tool")
    page: list[Block] = [
        rows("", [[("strong", f"Serving {served}. Nobody has called yet.")]]),
        rows(
            "agents",
            [
                [("key", connect_command(state))],
                [("dim", "for Claude Code; y copies it, or what others need")],
            ],
        ),
    ]
    command = _curl(state)
    if command:
        page.append(Text("by hand", command, colours=plain("key")))
    page.append(prose("edit", "Save a file of the project: it is served at once.", style="dim"))
    return page


def _no_service(state: State) -> list[Block]:
    code: list[Parts] = [[("string", line)] for line in _SERVICE.splitlines()]
    where = f"No service is defined in {cut(state.project, 200)} yet."
    return [
        prose("", where, style="strong"),
        rows("write", [[("dim", "hello.py")], *code]),
        prose(
            "", "Save it, and it is served here. micro new NAME writes a larger one.", style="dim"
        ),
    ]


def _curl(state: State) -> str:
    tool, base = _easiest(state), http_base(state)
    return curl(base, tool.name, sample(tool)) if tool is not None and base else ""


def _easiest(state: State) -> ToolView | None:
    """Give the tool that asks for least, one with an example first."""
    tools = [tool for _, service in sorted(state.services.items()) for tool in service.tools]
    return min(
        tools,
        key=lambda tool: (not tool.examples, len(tool.input_schema.get("required", ()))),
        default=None,
    )
