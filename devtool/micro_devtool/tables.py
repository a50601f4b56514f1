"""Plain tables and times for the command line."""

from __future__ import annotations

import time
from collections.abc import Sequence

from micro_devtool.output import clean


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give aligned columns; text from outside is made safe to print."""
    lines = [tuple(heads), *(tuple(clean(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def when(seconds: float) -> str:
    """Give a moment in this machine's own time; 0 is ``-``."""
    if not seconds:
        return "-"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
