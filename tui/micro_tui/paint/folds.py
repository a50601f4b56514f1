"""JSON that folds: each object and list by itself, with how much is in it; long lines cut short.

What a value costs to read stands beside it: members, bytes, and about how many tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from micro.tokens import tokens_in_bytes
from micro_tui import format as words
from micro_tui.format import clean
from micro_tui.jsonlines import colour, compact, laid_out
from micro_tui.outline import Value, outline
from micro_tui.paint.blocks import Block, Piece, Text, breaks, coloured
from micro_tui.parts import Parts, crop, cut, width_of

_SHORT = 200
"""Characters up to which JSON stands on one line, where that fits."""
_MANY = 300
"""Lines from which what is two deep is folded at first."""
_TOO_MANY = 3_000
"""Lines that may then be left; from there on everything is folded."""
_ROWS = 4
"""Lines of the screen that a long line takes until it is opened."""
_LARGE = 400
"""Characters from which the size of a value is told though it is not folded."""
_CLIPPED = -1


def json_block(label: str, text: str) -> Block:
    """Give a block of JSON that folds; of what is no JSON, a block of text."""
    found = laid_out(text)
    if found is None:
        return Text(label, text, colours=colour)
    return Folds(label, found, short=compact(text) if len(text) <= _SHORT else "")


class Folds:
    """Laid-out JSON. ``short`` is the same on one line, if it may stand so."""

    def __init__(self, label: str, text: str, *, short: str = "") -> None:
        self.label = label
        self._lines = text.split("\n")
        self._short = short
        self._outline = outline(self._lines)
        self._folded: set[int] = set()
        self._whole: set[int] = set()
        self._pieces: list[Piece] = []
        if len(self._lines) > _MANY:
            self._fold_from(2)
            if sum(1 for _ in self._seen()) > _TOO_MANY:
                self._fold_from(1)

    def _fold_from(self, depth: int) -> None:
        values = self._outline.values.values()
        self._folded = {value.start for value in values if value.depth >= depth}

    def _seen(self) -> Iterator[int]:
        number, values = 0, self._outline.values
        while number < len(self._lines):
            yield number
            number = values[number].end + 1 if number in self._folded else number + 1

    def lay_out(self, width: int) -> int:
        """Find which lines are seen, and where they break."""
        if self._short and cell_len(self._short) <= width:
            self._pieces = []
            return 1
        self._pieces = [piece for number in self._seen() for piece in self._broken(number, width)]
        return len(self._pieces)

    def _broken(self, number: int, width: int) -> Iterator[Piece]:
        line = self._lines[number]
        if number in self._folded:
            yield number, 0, len(line)
            return
        long = len(line) > width * _ROWS and number not in self._whole
        start = 0
        for length in breaks(line[: width * (_ROWS - 1)] if long else line, width):
            yield number, start, start + length
            start += length
        if long:
            yield number, start, _CLIPPED

    def line(self, index: int, width: int) -> Parts:
        """Draw one line."""
        if not self._pieces:
            return colour(self._short)
        number, start, end = self._pieces[index]
        line = self._lines[number]
        if end == _CLIPPED:
            return [("key", "… "), ("dim", f"{_cost(len(line) - start)} more")]
        value = self._outline.values.get(number)
        if number in self._folded and value is not None:
            return self._folded_line(value, width)
        parts = coloured(line, start, end, colours=colour)
        if value is None or end < len(line) or self._size(value) < _LARGE:
            return parts
        said = f"  {self._about(value)}"
        room = width - width_of(parts)
        return [*parts, ("dim", said)] if cell_len(said) <= room else parts

    def _folded_line(self, value: Value, width: int) -> Parts:
        """Draw a value on one line: how it begins, how it ends, and how much it is."""
        head, tail = colour(self._lines[value.start]), self._lines[value.end].strip()
        said = f"  {self._about(value)}"
        room = width - width_of(head) - len(tail) - 2 - cell_len(said)
        inside = self._beginning(value, room)
        if inside is None:
            middle = [*self._cut_beginning(value, room - 2), ("key", "… ")]
        else:
            middle = [("base", " "), *colour(inside), ("base", " ")]
        return crop([*head, *middle, *colour(tail), ("dim", said)], width)

    def _beginning(self, value: Value, room: int) -> str | None:
        """Give all that is in a value on one line, ``None`` if there is no room for it."""
        if self._outline.size(value.start + 1, value.end - 1) > room:
            return None
        inside = " ".join(line.strip() for line in self._lines[value.start + 1 : value.end])
        return inside if cell_len(inside) <= room else None

    def _cut_beginning(self, value: Value, room: int) -> Parts:
        taken = ""
        for line in self._lines[value.start + 1 : value.end]:
            taken += f" {line.strip()[: max(room, 0) + 1]}"
            if len(taken) > room:
                break
        shown = cut(taken, room, more="") if room > 8 else ""
        return [*colour(shown), ("base", " ")]

    def _size(self, value: Value) -> int:
        return 1 + self._outline.size(value.start + 1, value.end)

    def _about(self, value: Value) -> str:
        noun = "item" if self._lines[value.start].endswith("[") else "member"
        return f"{words.plural(value.members, noun)} · {_cost(self._size(value))}"

    def touch(self, index: int) -> str | None:
        """Fold or unfold the value that a line opens, or a line that is long."""
        if not self._pieces:
            return None
        number = self._pieces[index][0]
        if number in self._outline.values:
            self._folded ^= {number}
        elif number in self._whole or any(
            piece[0] == number and piece[2] == _CLIPPED
            for piece in self._pieces[index : index + _ROWS]
        ):
            self._whole ^= {number}
        else:
            return None
        return ""

    def fold(self, index: int) -> int | None:
        """Fold the value round a line, or the one that it opens."""
        if not self._pieces:
            return None
        number = self._pieces[index][0]
        value = self._outline.values.get(number)
        if value is None or number in self._folded:
            value = self._outline.within(number)
        if value is None:
            return None
        self._folded.add(value.start)
        return next(i for i, piece in enumerate(self._pieces) if piece[0] == value.start)

    def fold_all(self) -> None:
        """Unfold everything, or fold everything but the outermost value."""
        if self._folded:
            self._folded = set()
        else:
            self._fold_from(1)

    def mark(self, index: int) -> str:
        """Give the sign of what is folded."""
        return "+" if self._pieces and self._pieces[index][0] in self._folded else ""

    def value(self, index: int) -> str:
        """Give the value that stands in a line, or that begins there."""
        if not self._pieces:
            return clean(self._short)
        number = self._pieces[index][0]
        value = self._outline.values.get(number)
        text = self._outline.text(number, value.end if value is not None else number)
        return "\n".join(clean(line) for line in text.split("\n"))


def _cost(count: int) -> str:
    """Give a size, and the tokens that it is about worth if they are worth telling."""
    tokens = tokens_in_bytes(count)
    return words.size(count) + (f" · ~{words.plural(tokens, 'token')}" if tokens >= 100 else "")
