"""Everything that is kept of one call, as a page of blocks."""

from __future__ import annotations

import json

from rich.cells import chop_cells

from micro.snapshots import CallDetail, CallView
from micro_tui import format as words
from micro_tui.answers import answer_of
from micro_tui.background import Background
from micro_tui.format import clean, clean_lines
from micro_tui.look import Glyphs, style_of
from micro_tui.paint.blocks import Block, Drawn, Foldable, Text, plain, prose, rows
from micro_tui.paint.caller import origin, right_block, trace_line, who_block
from micro_tui.paint.folds import json_block
from micro_tui.paint.rows import level_style
from micro_tui.paint.waterfall import Waterfall
from micro_tui.parts import SPACE, Parts, cut, pad, pad_left, width_of
from micro_tui.source import Excerpt
from micro_tui.spans import spans_of

_SHORT = 4
"""Lines up to which a result stands before the phases; a longer one comes after the log."""
_WIDEST = 400
"""Characters that are shown of a line of code."""


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


def call_page(detail: CallDetail, background: Background, glyphs: Glyphs) -> list[Block]:
    """Give the page of a call: who made it and by what right, what it did, and what came of it."""
    view = detail.view
    page: list[Block] = [who_block(detail, background, glyphs)]
    if view.reason:
        why = f"{view.reason}: {view.said}" if view.said else view.reason
        page.append(prose("why", why, style=style_of(view.outcome)))
    page.append(json_block("arguments", detail.arguments))
    if background.source is not None:
        page.append(source_block(background.source, glyphs))
    if detail.traceback:
        page.append(traceback_block("traceback", detail.traceback))
    result = result_block(detail) if detail.result else None
    short = result is not None and len(detail.result) < 500 and result.lay_out(66) <= _SHORT
    if result is not None and short:
        page.append(result)
    spans = spans_of(detail)
    if spans:
        page.append(Waterfall(spans, view.duration, glyphs=glyphs))
    if detail.logs:
        page.append(Drawn("log", lambda w: _log_lines(detail, w)))
    if result is not None and not short:
        page.append(result)
    page.append(right_block(detail, background, glyphs))
    return page


def lost_page(view: CallView, glyphs: Glyphs) -> list[Block]:
    """Give what is left of a call that the runtime has forgotten, or does not tell of."""
    page: list[Block] = [rows("", [origin(view, glyphs), trace_line(view)])]
    if view.reason:
        page.append(prose("why", view.reason, style=style_of(view.outcome)))
    page.append(json_block("arguments", view.arguments))
    page.append(rows("", [[("dim", "The runtime keeps no more of this call.")]]))
    return page


def result_block(detail: CallDetail) -> Block:
    """Give what a call answered: JSON that folds, or the words that it said."""
    said = answer_of(detail)
    found = json_block("result", said)
    return found if isinstance(found, Foldable) else Text("result", said, colours=plain("base"))


def source_block(source: Excerpt, glyphs: Glyphs) -> Block:
    """Give the author's lines round the one that raised."""
    place = source.place
    last = source.first + len(source.lines) - 1
    lines: list[Parts] = [[("key", cut(f"{place.file}:{place.line}", 200))]]
    for number, line in enumerate(source.lines, source.first):
        here = number == place.line
        sign = f"{glyphs.arrow} " if here else "  "
        lines.append(
            [
                ("error" if here else "dim", sign + str(number).rjust(len(str(last)))),
                ("rule", f" {glyphs.upright} "),
                ("strong" if here else "dim", clean(line.expandtabs(4)[:_WIDEST])),
            ]
        )
    return rows("source", lines)


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
