"""Who made a call and by what right: client, door, subject, scopes, verdict and its rule."""

from __future__ import annotations

from collections.abc import Sequence

from micro.gateway.scopes import covers
from micro.snapshots import CallDetail, CallView
from micro_tui import format as words
from micro_tui.background import Background
from micro_tui.look import Glyphs, style_of
from micro_tui.parts import Parts, cut


class Links:
    """A block of lines, some of which lead elsewhere."""

    def __init__(self, label: str, lines: Sequence[tuple[Parts, str]]) -> None:
        self.label = label
        self._lines = lines

    def lay_out(self, width: int) -> int:
        """Give how many lines there are."""
        return len(self._lines)

    def line(self, index: int, width: int) -> Parts:
        """Give a line."""
        return self._lines[index][0]

    def touch(self, index: int) -> str | None:
        """Give where a line leads."""
        return self._lines[index][1] or None

    def mark(self, index: int) -> str:
        """Give the sign of a line that leads elsewhere."""
        return "+" if self._lines[index][1] else ""

    def value(self, index: int) -> str:
        """Give a line as text."""
        return "".join(text for _, text in self._lines[index][0])


def origin(view: CallView, glyphs: Glyphs, detail: CallDetail | None = None) -> Parts:
    """Draw who called, by which door, when, and what code answered."""
    version = protocol = ""
    if detail is not None:
        version = cut(detail.client_version, 20)
        # A tool that calls another one speaks no MCP for it: its own caller did.
        protocol = "" if view.door == "service" else cut(detail.protocol, 20)
    client = cut(view.client or "unnamed client", 40)
    facts = [
        f"{client} {version}".rstrip(),
        cut(view.door, 12),
        f"MCP {protocol}" if protocol else "",
        words.clock(view.time),
        f"v{view.generation}" if view.generation else "",
        f"call {view.call}",
    ]
    first, *rest = [fact for fact in facts if fact]
    parts: Parts = [("client", first)]
    for fact in rest:
        parts += [("rule", f" {glyphs.dot} "), ("base", fact)]
    return parts


def trace_line(view: CallView) -> Parts:
    """Draw the trace that the call belongs to."""
    return [("dim", "trace "), ("dim", cut(view.trace_id, 64))]


def who_block(detail: CallDetail, background: Background, glyphs: Glyphs) -> Links:
    """Give the lines of where a call came from."""
    view, parent = detail.view, background.parent
    lines: list[tuple[Parts, str]] = [(origin(view, glyphs, detail), "")]
    if parent is not None:
        made: Parts = [("dim", "made by "), ("tool", cut(parent.tool, 60))]
        lines.append((made, f"call:{parent.call}"))
    lines.append((trace_line(view), ""))
    return Links("", lines)


def right_block(detail: CallDetail, background: Background, glyphs: Glyphs) -> Links:
    """Give the lines of what the call was allowed, why, and where that is on record."""
    lines: list[tuple[Parts, str]] = [(_verdict(detail, glyphs), "")]
    lines += [(line, "") for line in _scopes(detail)]
    if background.record is not None:
        number = background.record
        record: Parts = [("dim", "on record as "), ("key", f"audit {number}")]
        lines.append((record, f"audit:{number}"))
    return Links("verdict", lines)


def _verdict(detail: CallDetail, glyphs: Glyphs) -> Parts:
    view = detail.view
    stages = [phase.name for phase in detail.phases if phase.kind == "stage"]
    by = f" by {cut(detail.decided_by, 40)}" if detail.decided_by else ""
    match view.outcome:
        case "refused":
            stage = stages[-1] if stages else "the gateway"
            said = f"refused{by or f' by {cut(stage, 30)}'}: {cut(view.reason, 60)}"
        case "cancelled":
            said = "cancelled before it ended"
        case None:
            said = "runs, or waits for its turn"
        case "ok" | "error":
            said = f"allowed{by}"
    style = "ok" if view.outcome == "error" else style_of(view.outcome)
    glyph = glyphs.ok if view.outcome == "error" else glyphs.of(view.outcome)
    parts: Parts = [(style, f"{glyph} {said}")]
    if view.subject:
        parts += [("dim", " for "), ("name", cut(view.subject, 40))]
    return parts


def _scopes(detail: CallDetail) -> list[Parts]:
    """Draw each scope that was needed with the grant that covers it, and what was held instead."""
    held: Parts = [("dim", "holds "), ("base", cut(" ".join(detail.scopes_held), 200) or "none")]
    if not detail.scopes_required:
        return [[("dim", "needs no scope, "), *held]]
    lines: list[Parts] = []
    for needed in detail.scopes_required:
        grant = _grant(needed, detail.scopes_held)
        line: Parts = [("dim", "needs "), ("base" if grant else "refused", cut(needed, 80))]
        covered = f", covered by {cut(grant, 60)}" if grant else ", which nothing held covers"
        lines.append([*line, ("dim", covered)])
    missing = any(not _grant(needed, detail.scopes_held) for needed in detail.scopes_required)
    return [*lines, held] if missing else lines


def _grant(needed: str, held: Sequence[str]) -> str:
    """Give the grant that covers a scope, or one of its alternatives; empty if there is none."""
    wanted = needed.split("|")
    return next((grant for grant in held if any(covers(grant, one) for one in wanted)), "")
