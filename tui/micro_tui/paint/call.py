"""Everything that is kept of one call, as a page of blocks."""

from __future__ import annotations

import json

from rich.cells import chop_cells

from micro.snapshots import CallDetail, CallView
from micro_tui import format as words
from micro_tui.format import clean_lines
from micro_tui.look import Glyphs, style_of
from micro_tui.paint.blocks import Block, Drawn, Text, json_block, plain, prose, rows
from micro_tui.paint.rows import level_style
from micro_tui.paint.waterfall import waterfall
from micro_tui.parts import SPACE, Parts, cut, pad, pad_left, width_of

_SHORT = 4
"""Lines up to which a result stands before the phases; a longer one is last on the page."""


def call_title(view: CallView, now: float, *, glyphs: Glyphs) -> Parts:
    """Draw the pane's heading: verdict, tool, duration."""
    verdict = style_of(view.outcome)
    spent = view.duration if view.duration is not None else max(0.0, now - view.time)
    return [
        (verdict, f"{glyphs.of(view.outcome)} "),
        ("title", cut(view.tool, 60)),
        ("dim", "  "),
        (verdict, view.outcome or "running"),
        ("dim", f" {glyphs.dot} {words.duration(spent)}"),
    ]


def call_page(detail: CallDetail, glyphs: Glyphs) -> list[Block]:
    """Give the page of a call: where it came from, phases, arguments, result, lines, traceback."""
    view = detail.view
    page: list[Block] = [rows("", [_origin(view, glyphs), _trace(view)])]
    if view.reason:
        page.append(prose("why", view.reason, style=style_of(view.outcome)))
    page.append(json_block("arguments", detail.arguments))
    if detail.traceback:
        page.append(traceback_block("traceback", detail.traceback))
    result = json_block("result", detail.result) if detail.result else None
    short = result is not None and len(detail.result) < 500 and result.lay_out(66) <= _SHORT
    if result is not None and short:
        page.append(result)
    if detail.phases:
        page.append(
            Drawn(
                "phases", lambda w: waterfall(detail.phases, view.duration, width=w, glyphs=glyphs)
            )
        )
    if detail.logs:
        page.append(Drawn("log", lambda w: _log_lines(detail, w)))
    if result is not None and not short:
        page.append(result)
    return page


def lost_page(view: CallView, glyphs: Glyphs) -> list[Block]:
    """Give what is left of a call that the runtime has forgotten, or does not tell of."""
    page: list[Block] = [rows("", [_origin(view, glyphs), _trace(view)])]
    if view.reason:
        page.append(prose("why", view.reason, style=style_of(view.outcome)))
    page.append(json_block("arguments", view.arguments))
    page.append(rows("", [[("dim", "The runtime keeps no more of this call.")]]))
    return page


def _origin(view: CallView, glyphs: Glyphs) -> Parts:
    facts = [
        cut(view.client or "unnamed client", 40),
        cut(view.door, 12),
        words.clock(view.time),
        f"v{view.generation}" if view.generation else "",
        f"for {cut(view.subject, 40)}" if view.subject not in ("", "local") else "",
        f"call {view.call}",
    ]
    first, *rest = [fact for fact in facts if fact]
    parts: Parts = [("client", first)]
    for fact in rest:
        parts += [("rule", f" {glyphs.dot} "), ("base", fact)]
    return parts


def _trace(view: CallView) -> Parts:
    return [("dim", "trace"), SPACE, ("dim", cut(view.trace_id, 64))]


def traceback_block(label: str, text: str) -> Block:
    """Give a traceback: places are kept back, the code and the error are not."""
    colours = plain("base")
    places = plain("dim")
    return Text(
        label,
        text,
        colours=lambda line: (places if line.lstrip().startswith("File ") else colours)(line),
    )


def _log_lines(detail: CallDetail, width: int) -> list[Parts]:
    """Draw the call's log lines, each with how long after the call's start it came."""
    lines: list[Parts] = []
    for log in detail.logs:
        moment = pad_left(f"+{words.duration(max(0.0, log.time - detail.view.time))}", 9)
        style = level_style(log.level)
        head: Parts = [("dim", moment), SPACE, (style, pad(log.level.lower(), 7, more="")), SPACE]
        room = max(1, width - width_of(head))
        for text in clean_lines(log.text) or [""]:
            for piece in chop_cells(text, room) or [""]:
                lines.append([*head, ("base", piece)])
                head = [("base", " " * (width - room))]
    return lines


def call_text(detail: CallDetail) -> str:
    """Give a call as JSON to paste somewhere."""
    view = detail.view
    kept = {
        "tool": view.tool,
        "arguments": _value(detail.arguments),
        "outcome": view.outcome or "running",
        "reason": view.reason,
        "result": _value(detail.result),
        "traceback": detail.traceback,
        "trace_id": view.trace_id,
    }
    return json.dumps({k: v for k, v in kept.items() if v not in ("", None)}, indent=2)


def _value(text: str) -> object:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
