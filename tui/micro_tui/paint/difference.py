"""What two answers have different, as a page: first the differences, then both answers whole."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import chop_cells

from micro_tui import format as words
from micro_tui.differences import LIMIT, Difference
from micro_tui.format import clean
from micro_tui.paint.blocks import Block, Drawn, prose
from micro_tui.paint.folds import json_block
from micro_tui.parts import SPACE, Parts, cut

_SIGNS = {"added": ("ok", "+"), "removed": ("error", "-"), "changed": ("warn", "~")}


def difference_title(found: Sequence[Difference], what: str) -> Parts:
    """Draw the pane's heading."""
    count = "at least " * (len(found) >= LIMIT) + words.plural(len(found), "difference")
    if not found:
        return [("ok", "the same answer "), ("dim", cut(what, 80))]
    return [("warn", count), SPACE, ("dim", cut(what, 80))]


def difference_page(found: Sequence[Difference], *, before: str, after: str) -> list[Block]:
    """Give the page."""
    page: list[Block] = [Drawn("", lambda width: _lines(found, width))]
    if not found:
        page = [prose("", "Both answers are the same.", style="ok")]
    return [*page, json_block("before", before), json_block("after", after)]


def _lines(found: Sequence[Difference], width: int) -> list[Parts]:
    lines: list[Parts] = []
    for each in found:
        style, sign = _SIGNS[each.kind]
        lines.append([(style, f"{sign} "), ("name", cut(each.path or "all of it", width - 2))])
        sides = [("error", "- ", each.before), ("ok", "+ ", each.after)]
        for side, mark, text in sides:
            if text:
                pieces = chop_cells(clean(text[:4000]), max(1, width - 6)) or [""]
                heads = [mark, *["  "] * (len(pieces) - 1)]
                lines += [
                    [("base", "    "), (side, head), ("base", piece)]
                    for head, piece in zip(heads, pieces, strict=True)
                ]
    return lines


def difference_text(found: Sequence[Difference]) -> str:
    """Give the differences as text that is safe to paste."""
    lines: list[str] = []
    for each in found:
        lines.append(f"{_SIGNS[each.kind][1]} {clean(each.path)}")
        lines += [f"    - {clean(each.before)}"] if each.before else []
        lines += [f"    + {clean(each.after)}"] if each.after else []
    return "\n".join(lines)
