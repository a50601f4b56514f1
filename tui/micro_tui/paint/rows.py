"""Rows of the two streams: a call, a mark between calls, a log line."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from micro.events import LogWritten
from micro.snapshots import CallView
from micro_tui import format as words
from micro_tui.jsonlines import preview
from micro_tui.look import Glyphs, style_of
from micro_tui.paint.columns import MIDDLE, WIDE, shown_columns
from micro_tui.paint.effects import breaking
from micro_tui.parts import SPACE, Parts, crop, cut, fill, justify, pad, pad_left, width_of
from micro_tui.state import Mark, StreamRow

SLOW = 1.0
"""Seconds from which a call's duration is marked."""

_END = 9
_LEVELS = {
    "debug": "dim",
    "info": "base",
    "warning": "warn",
    "error": "error",
    "critical": "error",
    "stdout": "dim",
    "stderr": "dim",
}


def stream_row(
    row: StreamRow, width: int, *, now: float, glyphs: Glyphs, columns: Mapping[str, bool]
) -> Parts:
    """Draw a row of the call stream; ``columns`` says which were chosen."""
    if isinstance(row, Mark):
        return mark_row(row, width, glyphs=glyphs)
    shown = shown_columns(width, columns)
    return call_row(row, width, now=now, glyphs=glyphs, columns=shown)


def call_row(
    row: CallView, width: int, *, now: float, glyphs: Glyphs, columns: Collection[str]
) -> Parts:
    """Draw a call: time, verdict, who, tool, arguments and reason, columns, how it ended."""
    verdict = style_of(row.outcome)
    parts: Parts = [SPACE, ("dim", _moment(row.time, width)), SPACE]
    parts += [(verdict, glyphs.of(row.outcome)), SPACE]
    if "client" in columns:
        room = 12 if width >= WIDE else 11 if width >= MIDDLE else 8
        parts += [("client", pad(row.client or "-", room)), SPACE]
    if "subject" in columns:
        parts += [("name", pad(row.subject or "-", 10)), SPACE]
    parts += [*tool_name(row.tool, 26 if width >= WIDE else 20), SPACE]
    end: Parts = [SPACE, *_how_it_ended(row, now), SPACE]
    if "door" in columns:
        end = [SPACE, ("dim", pad(row.door, 9)), *end]
    if "gen" in columns:
        end = [SPACE, ("dim", pad(f"v{row.generation}" if row.generation else "", 4)), *end]
    if "trace" in columns:
        end = [SPACE, ("dim", pad(row.trace_id[:8], 8)), *end]
    middle = _arguments(row, width - width_of(parts) - width_of(end))
    return justify([*parts, *middle], end, width=width)


def _moment(time: float, width: int) -> str:
    """Give the time of day, as exact as there is room for."""
    return words.clock(time)[: 12 if width >= WIDE else 10 if width >= MIDDLE else 8]


def tool_name(name: str, width: int) -> Parts:
    """Draw a tool's name with its service kept back; padded to ``width``."""
    shown = pad(name, width)
    service, dot, tool = shown.partition(".")
    return [("dim", service + dot), ("tool", tool)] if dot else [("tool", shown)]


def _arguments(row: CallView, width: int) -> Parts:
    """Draw arguments and the reason why a call failed; the reason has the first right to room."""
    why = row.said or row.reason
    if not why:
        return crop(preview(row.arguments), width)
    reason = (style_of(row.outcome), cut(why, width))
    room = width - width_of([reason]) - 2
    if room < 8:
        return [reason]
    return [*crop(preview(row.arguments), room), ("base", "  "), reason]


def _how_it_ended(row: CallView, now: float) -> Parts:
    if row.outcome == "refused" or row.outcome == "cancelled":
        return [(row.outcome, pad_left(row.outcome, _END))]
    if row.duration is None:
        return [("live", pad_left(words.duration(max(0.0, now - row.time)), _END))]
    style = "error" if row.outcome == "error" else "warn" if row.duration >= SLOW else "base"
    return [(style, pad_left(words.duration(row.duration), _END))]


def mark_row(row: Mark, width: int, *, glyphs: Glyphs) -> Parts:
    """Draw a rule across the stream that says what happened between two calls."""
    line = glyphs.line
    text: Parts
    match row.kind:
        case "reload":
            versions = f"v{row.before} {glyphs.arrow} v{row.after}"
            text = [("strong", cut(row.service, 40)), SPACE, ("ok", versions)]
            broken = breaking(row.changes)
            if broken:
                text += [("dim", f" {glyphs.dot} "), ("error", f"{broken} BREAKING")]
            rest = [*_changes(row.changes), words.duration(row.duration)]
            text += [("dim", f" {glyphs.dot} " + f" {glyphs.dot} ".join(rest))]
        case "failed":
            serving = f" {glyphs.dot} v{row.before} keeps serving" if row.before else ""
            text = [("error", f"{glyphs.error} "), ("strong", cut(row.service, 40))]
            text.append(("error", " does not load: "))
            room = width - width_of(text) - len(serving) - 6
            text += [("error", cut(row.text, room)), ("dim", serving)]
        case _:
            text = [("warn", cut(row.text, width - 8))]
    return fill(
        [SPACE, ("rule", line * 2), SPACE, *text, SPACE, ("rule", line * width)], width, more=""
    )


def _changes(changes: tuple[str, ...]) -> list[str]:
    if len(changes) > 2:
        return [f"{len(changes)} changes"]
    return [cut(change, 40) for change in changes]


def level_style(level: str) -> str:
    """Give the style of a log level; one that is not known looks like ``info``."""
    return _LEVELS.get(level.lower(), "base")


def log_row(row: LogWritten, width: int) -> Parts:
    """Draw a log line: time, level, service, the call that it belongs to, text."""
    style = _LEVELS.get(row.level.lower(), "base")
    parts: Parts = [SPACE, ("dim", _moment(row.time, width)), SPACE]
    parts += [(style, pad(row.level.lower(), 7, more="")), SPACE]
    parts += [("name", pad(row.service or "-", 12 if width >= WIDE else 9)), SPACE]
    if width >= 60:
        call = "" if row.call is None else f"#{row.call}"
        parts += [("dim", pad(call, 7)), SPACE]
    text_style = style if style in ("error", "warn") else "base"
    return [*parts, (text_style, cut(row.text.expandtabs(4), width - width_of(parts)))]
