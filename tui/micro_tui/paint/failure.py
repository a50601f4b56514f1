"""Why a service does not load, and what is served meanwhile, as a page of blocks."""

from __future__ import annotations

from micro.snapshots import ServiceView
from micro_tui import format as words
from micro_tui.format import clean_lines
from micro_tui.look import Glyphs
from micro_tui.paint.blocks import Block, prose, rows
from micro_tui.paint.call import traceback_block
from micro_tui.paint.changes import changes_block
from micro_tui.parts import Parts, cut


def failure_title(service: ServiceView, glyphs: Glyphs) -> Parts:
    """Draw the pane's heading."""
    return [
        ("error", f"{glyphs.error} "),
        ("title", cut(service.name, 40)),
        ("error", "  does not load"),
        ("dim", f" {glyphs.dot} {_serving(service)}"),
    ]


def _serving(service: ServiceView) -> str:
    if not service.generation:
        return "nothing of it is served"
    return f"generation {service.generation} keeps serving"


def failure_place(service: ServiceView) -> str:
    """Give ``file:line`` as editors take it."""
    error = service.error
    if error is None:
        return service.file
    return error.file if error.line is None else f"{error.file}:{error.line}"


def failure_page(service: ServiceView) -> list[Block]:
    """Give the page: place and message, the author's frames, what goes on."""
    error = service.error
    if error is None:
        return [prose("", "It loads again.")]
    page: list[Block] = [
        rows("where", [[("key", cut(failure_place(service), 200))]]),
        prose("error", error.message, style="error"),
    ]
    if error.frames:
        page.append(traceback_block("frames", error.frames))
    if error.mend:
        page.append(prose("mend", error.mend))
    page.append(prose("meanwhile", _meanwhile(service)))
    return page


def _meanwhile(service: ServiceView) -> str:
    if not service.generation:
        return "Clients do not see its tools. Save the file again to retry."
    tools = words.plural(len(service.tools), "tool")
    return (
        f"Clients go on with {tools} of generation {service.generation}, "
        "as if nothing had happened. Save the file again to retry."
    )


def failure_text(service: ServiceView) -> str:
    """Give the failure as text that is safe to paste."""
    error = service.error
    if error is None:
        return ""
    place = f"{failure_place(service)}: {error.message}"
    text = "\n".join(filter(None, (place, error.frames, error.mend)))
    return "\n".join(clean_lines(text.rstrip())) + "\n"


def page_of_service(service: ServiceView) -> list[Block]:
    """Give the page of a service that serves."""
    if service.error is not None:
        return failure_page(service)
    loaded = f"generation {service.generation}, loaded in {words.duration(service.load_duration)}"
    page: list[Block] = [
        rows("file", [[("key", cut(service.file, 200))]]),
        rows("serving", [[("base", loaded)]]),
    ]
    if service.version:
        page.append(rows("version", [[("base", cut(service.version, 60))]]))
    if service.description:
        page.append(prose("about", service.description))
    if service.changes:
        page.append(changes_block("changed", service.changes))
    return page
