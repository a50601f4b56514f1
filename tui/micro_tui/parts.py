"""A drawn line as plain data: pieces of text, each with the name of its style.

What the names look like on a screen is the widgets' matter. Widths are in terminal cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

from micro_tui.format import clean

Part = tuple[str, str]
"""(style name, text). The style names are in ``look.STYLES``."""

Parts = list[Part]

SPACE: Part = ("base", " ")


def width_of(parts: Iterable[Part]) -> int:
    """Give how many cells the parts take."""
    return sum(cell_len(text) for _, text in parts)


def cut(text: str, width: int, *, more: str = "…") -> str:
    """Make outside text safe and at most ``width`` cells wide; ``more`` marks what was cut."""
    if width <= 0:
        return ""
    if len(text) > width * 4:
        text = text[: width * 4] + more
    text = clean(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - cell_len(more))).rstrip() + more


def pad(text: str, width: int, *, more: str = "…") -> str:
    """Like ``cut``, filled with spaces to exactly ``width``."""
    text = cut(text, width, more=more)
    return text + " " * (width - cell_len(text))


def pad_left(text: str, width: int) -> str:
    """Like ``pad``, with the spaces in front."""
    text = cut(text, width)
    return " " * (width - cell_len(text)) + text


def crop(parts: Iterable[Part], width: int, *, more: str = "…") -> Parts:
    """Cut parts that are safe already to ``width`` cells; ``more`` marks what was cut."""
    whole = list(parts)
    if width_of(whole) <= width:
        return whole
    kept: Parts = []
    left = width - cell_len(more)
    for style, text in whole:
        cells = cell_len(text)
        if cells > left:
            kept.append((style, set_cell_size(text, max(0, left)) + more))
            break
        kept.append((style, text))
        left -= cells
    return kept if width > 0 else []


def fill(parts: Iterable[Part], width: int, *, more: str = "…") -> Parts:
    """Like ``crop``, with spaces up to exactly ``width``."""
    kept = crop(parts, width, more=more)
    rest = width - width_of(kept)
    if rest > 0:
        kept.append(("base", " " * rest))
    return kept


def justify(left: Sequence[Part], right: Sequence[Part], *, width: int, mark: str = " ") -> Parts:
    """Put ``right`` at the right edge and ``left`` before it; ``mark`` fills what is between."""
    right_width = width_of(right)
    if right_width >= width:
        return crop(right, width)
    kept = crop(left, width - right_width)
    gap = width - right_width - width_of(kept)
    return [*kept, ("rule" if mark != " " else "base", mark * gap), *right]


def text_of(parts: Iterable[Part]) -> str:
    """Give the text without its styles."""
    return "".join(text for _, text in parts)
