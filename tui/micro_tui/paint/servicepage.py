"""A service as a page: where it is, what its last reload changed, and how its tools do."""

from __future__ import annotations

from micro.snapshots import ServiceView
from micro_tui import format as words
from micro_tui.look import Glyphs
from micro_tui.paint.blocks import Block, Drawn, prose, rows
from micro_tui.paint.changes import changes_block
from micro_tui.paint.failure import failure_page
from micro_tui.parts import SPACE, Parts, crop, cut, pad, pad_left
from micro_tui.stats import Stats, ToolStats

_NAME = 22


def service_page(service: ServiceView, stats: Stats, *, now: float, glyphs: Glyphs) -> list[Block]:
    """Give the page; of one that does not load, why not."""
    if service.error is not None:
        return failure_page(service)
    loaded = f"generation {service.generation}, loaded in {words.duration(service.load_duration)}"
    version = f", version {cut(service.version, 60)}" if service.version else ""
    page: list[Block] = [
        rows("serving", [[("base", loaded + version)], [("key", cut(service.file, 200))]])
    ]
    if service.description:
        page.append(prose("about", service.description))
    if service.changes:
        page.append(changes_block("changed", service.changes))
    tools = [(tool.name, stats.tool(tool.name)) for tool in service.tools]

    def draw(width: int) -> list[Parts]:
        lines = [_tool(name, each, now=now, glyphs=glyphs) for name, each in tools]
        return [crop(line, width, more="") for line in [_head(), *lines]]

    page.append(Drawn("tools", draw))
    return page


def _head() -> Parts:
    columns = "".join(name.rjust(9) for name in ("calls", "failed", "p50", "p95"))
    return [("dim", " " * _NAME + columns)]


def _tool(name: str, stats: ToolStats, *, now: float, glyphs: Glyphs) -> Parts:
    shown = name.partition(".")[2] or name
    line: Parts = [("base" if stats.calls else "dim", pad(shown, _NAME))]
    if not stats.calls:
        return [*line, ("dim", pad_left("none", 9))]
    share = words.percent(stats.failures / stats.calls)
    line.append(("base", pad_left(f"{stats.calls:,}", 9)))
    line.append(("error" if stats.failures else "dim", pad_left(share, 9)))
    for value in (stats.percentile(0.5), stats.p95):
        line.append(("base", pad_left("" if value is None else words.duration(value), 9)))
    spark = words.sparkline(stats.activity.values(now), top=4, ascii_only=glyphs.plain)
    return [*line, SPACE, ("spark", spark)]
