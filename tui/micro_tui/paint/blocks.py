"""Long texts in blocks that know their height and draw one line when it is seen.

A block of ten megabytes costs its split into lines; colouring and cleaning wait for the eye.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from rich.cells import cell_len, chop_cells

from micro_tui.format import clean, clean_lines
from micro_tui.parts import Parts

Piece = tuple[int, int, int]
"""(number of a line, start, end): a part of it that stands on a line of the screen."""

_LONG = 20_000
"""Characters from which a line is cut without measuring each character."""


class Block(Protocol):
    """A labelled part of a page."""

    @property
    def label(self) -> str:
        """What stands before the first line; empty for none."""
        ...

    def lay_out(self, width: int) -> int:
        """Give the height at this width."""
        ...

    def line(self, index: int, width: int) -> Parts:
        """Draw one line; called after ``lay_out`` with the same width."""
        ...


@runtime_checkable
class Touchable(Protocol):
    """A block whose lines do something: they fold, or lead elsewhere."""

    def touch(self, index: int) -> str | None:
        """Do what a line does: give where it leads, empty if the block is drawn otherwise now.

        ``None``: the line does nothing.
        """
        ...

    def mark(self, index: int) -> str:
        """Give one character that says that a line hides something; empty if it does not."""
        ...

    def value(self, index: int) -> str:
        """Give what a line is about as text to copy; empty if it is about nothing."""
        ...


@runtime_checkable
class Foldable(Touchable, Protocol):
    """A block of values that fold."""

    def fold(self, index: int) -> int | None:
        """Fold the value round a line; give the line that is left, ``None`` if there is none."""
        ...

    def fold_all(self) -> None:
        """Unfold everything; if nothing is folded, fold everything."""
        ...


@dataclass(slots=True)
class Drawn:
    """A block that is drawn whole for each width."""

    label: str
    draw: Callable[[int], list[Parts]]
    _lines: list[Parts] = field(default_factory=list[Parts])

    def lay_out(self, width: int) -> int:
        """Draw it, and give its height."""
        self._lines = self.draw(width)
        return len(self._lines)

    def line(self, index: int, width: int) -> Parts:
        """Give a drawn line."""
        return self._lines[index]


def plain(style: str) -> Callable[[str], Parts]:
    """Give a way to colour lines all in one style."""
    return lambda line: [(style, clean(line))]


class Text:
    """A block of text whose lines are wrapped at the width and coloured when seen."""

    def __init__(self, label: str, text: str, *, colours: Callable[[str], Parts]) -> None:
        self.label = label
        self._lines = [line.expandtabs(4) for line in text.splitlines()]
        self._colours = colours
        self._simple = text.isascii()
        self._longest = max(map(len, self._lines), default=0)
        self._pieces: list[Piece] | None = None

    def lay_out(self, width: int) -> int:
        """Find where lines break at this width."""
        self._pieces = None
        if self._simple and self._longest <= width:
            return len(self._lines)
        self._pieces = []
        for number, line in enumerate(self._lines):
            start = 0
            for length in breaks(line, width):
                self._pieces.append((number, start, start + length))
                start += length
        return len(self._pieces)

    def line(self, index: int, width: int) -> Parts:
        """Draw one line; what continues a line keeps the colour of its end."""
        if self._pieces is None:
            return self._colours(self._lines[index])
        number, start, end = self._pieces[index]
        return coloured(self._lines[number], start, end, colours=self._colours)


def coloured(line: str, start: int, end: int, *, colours: Callable[[str], Parts]) -> Parts:
    """Colour a piece of a line; one that continues the line keeps the colour of its end."""
    piece = line[start:end]
    if not start:
        return colours(piece)
    lead = colours(line[: min(start, 200)])
    return [(lead[-1][0] if lead else "base", clean(piece))]


def breaks(line: str, width: int) -> list[int]:
    """Give the lengths of the pieces that a line is cut into."""
    length = len(line)
    if length <= width and (line.isascii() or cell_len(line) <= width):
        return [length]
    if not line.isascii():
        if length <= _LONG:
            return [len(piece) for piece in chop_cells(line, width)]
        width = max(1, width // 2)
    whole, rest = divmod(length, width)
    return [width] * whole + ([rest] if rest else [])


def prose(label: str, text: str, *, style: str = "base") -> Block:
    """Give a block of words, wrapped between words; an empty line stays one."""

    def draw(width: int) -> list[Parts]:
        lines: list[Parts] = []
        for line in clean_lines(text):
            room = width if cell_len(line) == len(line) else max(2, width // 2)
            wrapped = textwrap.wrap(line, max(room, 1)) or [""]
            lines += [[(style, piece)] for piece in wrapped]
        return lines

    return Drawn(label, draw)


def rows(label: str, lines: list[Parts]) -> Block:
    """Give a block of lines that are the same at every width."""
    return Drawn(label, lambda _: lines)
