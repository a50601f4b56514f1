"""Plain tables and times for the command line, no wider than they may be. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from micro_devtool.output import clean

_GAP = "  "
_NARROWEST = 8
"""Cells of a column that is made narrower at least, its head aside."""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Give aligned columns; text from outside is made safe to print.

    Args:
        heads: Over the columns; the first of these is never cut.
        rows: A cell for each head.
        width: Cells of a line at most, so that the widest columns are cut; ``None``: all is shown.
    """
    lines = [tuple(heads), *(tuple(clean(cell) for cell in row) for row in rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(heads))]
    if width is not None:
        _narrow(widths, heads, width)
    return "\n".join(
        _GAP.join(_fitted(cell, room) for cell, room in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def cut(text: str, width: int | None) -> str:
    """Give a text that takes ``width`` cells at most, with a sign where some of it is missing."""
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def _narrow(widths: list[int], heads: Sequence[str], width: int) -> None:
    """Take from the widest columns what is too much."""
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while over > 0:
        widest = max(range(1, len(widths)), key=widths.__getitem__, default=0)
        if widest == 0 or widths[widest] <= max(_NARROWEST, len(heads[widest])):
            return
        widths[widest] -= 1
        over -= 1


def _fitted(cell: str, width: int) -> str:
    return set_cell_size(cut(cell, width), width)


def when(seconds: float) -> str:
    """Give a moment in this machine's own time; 0 is ``-``."""
    if not seconds:
        return "-"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
