"""The side list: each service with generation, health and last reload, its tools, the clients."""

from __future__ import annotations

from rich.cells import cell_len

from micro.snapshots import ClientView, ServiceView, ToolView
from micro_tui import format as words
from micro_tui.look import Glyphs
from micro_tui.paint.failure import failure_place
from micro_tui.parts import SPACE, Parts, cut, justify, pad_left
from micro_tui.state import State
from micro_tui.stats import ToolStats

FRESH = 2.0
"""Seconds that a reload stands out."""

Item = tuple[str, Parts]
"""(key, line). The key is empty where nothing can be chosen."""


def side_rows(state: State, width: int, *, now: float, glyphs: Glyphs) -> list[Item]:
    """Give the lines; keys are ``service:NAME`` and ``tool:NAME``."""
    items: list[Item] = []
    then = state.when(now)
    for _, service in sorted(state.services.items()):
        items.append((f"service:{service.name}", _service(service, width, now=then, glyphs=glyphs)))
        if service.error is not None:
            items.append((f"service:{service.name}", _error(service, width)))
        for tool in service.tools:
            line = _tool(tool, state.stats.tool(tool.name), width=width, now=then, glyphs=glyphs)
            items.append((f"tool:{tool.name}", line))
    if not items:
        items.append(("", [("dim", "   none found yet")]))
    if state.clients:
        when = " now" if state.moment is not None else ""
        items += [("", []), ("", [SPACE, ("title", "Clients"), ("dim", when)])]
        items += [("", _client(client, width, now=now)) for client in state.clients.values()]
    return items


def _service(service: ServiceView, width: int, *, now: float, glyphs: Glyphs) -> Parts:
    failed = service.state == "failed"
    age = max(0.0, now - service.loaded_at)
    fresh = not failed and service.generation > 1 and age < FRESH
    mark = ("error", glyphs.error) if failed else ("ok", glyphs.ok)
    name = "fresh" if fresh else "strong"
    left: Parts = [SPACE, mark, SPACE, (name, cut(service.name, width - 18))]
    if failed:
        serving = f"v{service.generation} serves" if service.generation else "not served"
        return justify(left, [SPACE, ("warn", serving), SPACE], width=width)
    generation = f" v{service.generation}" if service.generation else ""
    loaded = f" {pad_left(words.duration(service.load_duration), 7)} {pad_left(words.age(age), 3)}"
    right: Parts = [("ok" if fresh else "base", generation)]
    right += [("dim", loaded if service.loaded_at else " " * len(loaded)), SPACE]
    return justify(left, right, width=width)


def _error(service: ServiceView, width: int) -> Parts:
    message = service.error.message if service.error else ""
    place = failure_place(service).rpartition("/")[2]
    return [("error", "   " + cut(f"{place} {message}", width - 4))]


def _tool(tool: ToolView, stats: ToolStats, *, width: int, now: float, glyphs: Glyphs) -> Parts:
    """Draw a tool: a name that is too long for it takes the place of its activity."""
    name = tool.name.partition(".")[2] or tool.name
    if not stats.calls:
        return [("dim", "   " + cut(name, width - 4))]
    long = cell_len(name) > width - 28
    left: Parts = [("base", "   " + cut(name, width - (20 if long else 28)))]
    spark = words.sparkline(stats.activity.values(now), top=4, ascii_only=glyphs.plain)
    p95 = "" if stats.p95 is None else words.duration(stats.p95)
    failures = f"{glyphs.error}{_count(stats.failures)}" if stats.failures else ""
    right: Parts = [] if long else [("spark", f" {spark} ")]
    right += [("dim", pad_left(p95, 7)), ("base", pad_left(_count(stats.calls), 6))]
    right += [("error", pad_left(failures, 4)), SPACE]
    return justify(left, right, width=width)


def _count(calls: int) -> str:
    return (
        f"{calls:,}"
        if calls < 1000
        else f"{calls / 1000:.1f}k"
        if calls < 10_000
        else f"{calls // 1000}k"
    )


def _client(client: ClientView, width: int, *, now: float) -> Parts:
    left: Parts = [("client", "   " + cut(client.client or "unnamed", width - 18))]
    since = words.age(max(0.0, now - client.since))
    return justify(
        left, [("dim", f" {cut(client.door, 9)} {pad_left(since, 4)}"), SPACE], width=width
    )
