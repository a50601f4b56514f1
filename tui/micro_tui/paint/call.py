"""Everything that is kept of one call, as a page of blocks."""

from __future__ import annotations

import json

import msgspec

from micro.snapshots import CallDetail, CallView
from micro_tui import format as words
from micro_tui.look import Glyphs, style_of
from micro_tui.paint.blocks import Block, Drawn, Text, json_block, plain, prose, rows
from micro_tui.paint.rows import log_row
from micro_tui.paint.waterfall import waterfall
from micro_tui.parts import SPACE, Parts, cut


def call_title(view: CallView, now: float, glyphs: Glyphs) -> Parts:
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
        page.append(prose("why", view.reason, style_of(view.outcome)))
    page.append(json_block("arguments", detail.arguments))
    if detail.result:
        page.append(json_block("result", detail.result))
    if detail.traceback:
        page.append(traceback_block("traceback", detail.traceback))
    if detail.phases:
        page.append(
            Drawn("phases", lambda w: waterfall(detail.phases, view.duration, w, glyphs=glyphs))
        )
    if detail.logs:
        page.append(Drawn("log", lambda w: _log_lines(detail, w)))
    return page


def lost_page(view: CallView, glyphs: Glyphs) -> list[Block]:
    """Give what is left of a call that the runtime has forgotten, or does not tell of."""
    page: list[Block] = [rows("", [_origin(view, glyphs), _trace(view)])]
    if view.reason:
        page.append(prose("why", view.reason, style_of(view.outcome)))
    page.append(json_block("arguments", view.arguments))
    page.append(rows("", [[("dim", "The runtime keeps no more of this call.")]]))
    return page


def _origin(view: CallView, glyphs: Glyphs) -> Parts:
    facts = [
        cut(view.client or "unnamed client", 40),
        cut(view.door, 12),
        words.clock(view.time),
        f"v{view.generation}" if view.generation else "",
        f"for {cut(view.subject, 40)}" if view.subject else "",
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
        label, text, lambda line: (places if line.lstrip().startswith("File ") else colours)(line)
    )


def _log_lines(detail: CallDetail, width: int) -> list[Parts]:
    lines: list[Parts] = []
    for log in detail.logs:
        for text in log.text.splitlines() or [""]:
            row = msgspec.structs.replace(log, text=text)
            lines.append(log_row(row, width)[1:])
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
