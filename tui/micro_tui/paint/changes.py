"""What a reload changed for those who call, a line each; what breaks them stands out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from micro_tui import format as words
from micro_tui.format import clean
from micro_tui.look import Glyphs
from micro_tui.paint.blocks import Block, Drawn, prose, rows
from micro_tui.paint.effects import breaking, effect_of, effect_style
from micro_tui.parts import SPACE, Parts, cut
from micro_tui.state import Mark


def changes_block(label: str, changes: Sequence[str]) -> Block:
    """Give every change, wrapped, with its effect in front."""

    def draw(width: int) -> list[Parts]:
        lines: list[Parts] = []
        for change in changes:
            lines += _change(change, width)
        return lines

    return Drawn(label, draw)


def _change(change: str, width: int) -> list[Parts]:
    effect = effect_of(change)
    style = effect_style(effect)
    what = clean(change.removesuffix(f" — {effect}") if effect else change)
    room = max(10, width - 12)
    first, *rest = textwrap.wrap(what, room) or [""]
    lines: list[Parts] = [[(style, cut(effect or "changed", 11).ljust(11)), SPACE, ("base", first)]]
    lines += [[("base", " " * 12 + piece)] for piece in rest]
    return lines


def mark_title(mark: Mark, glyphs: Glyphs) -> Parts:
    """Draw the pane's heading for a reload."""
    versions = f"v{mark.before} {glyphs.arrow} v{mark.after}"
    broken = breaking(mark.changes)
    title: Parts = [("title", cut(mark.service, 40)), SPACE, ("ok", versions)]
    if broken:
        title.append(("error", f"  {words.plural(broken, 'breaking change')}"))
    return title


def mark_page(mark: Mark) -> list[Block]:
    """Give the page of a reload: when, how long, and all that it changed."""
    when = f"{words.clock(mark.time)}, in {words.duration(mark.duration)}"
    page: list[Block] = [rows("loaded", [[("base", when)]])]
    if mark.changes:
        page.append(changes_block("changed", mark.changes))
    else:
        page.append(prose("changed", "Nothing that clients could tell.", style="dim"))
    return page
