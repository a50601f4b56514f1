"""Laid-out JSON as an outline: which lines open a value, where it ends, how much is in it.

Works on lines as ``jsonlines.pretty`` gives them; what is folded is the reader's matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An object or a list over several lines: from line ``start`` to line ``end``."""

    start: int
    end: int
    depth: int
    members: int


@dataclass(slots=True)
class _Open:
    start: int
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The values of a text that take several lines, by the line they begin in."""

    lines: Sequence[str]
    values: dict[int, Value]
    _sizes: list[int] = field(repr=False)

    def size(self, start: int, end: int) -> int:
        """Give about how many characters lines ``start`` to ``end`` are without their layout."""
        return self._sizes[end + 1] - self._sizes[start]

    def within(self, line: int) -> Value | None:
        """Give the innermost value that lies round a line."""
        for start in range(line - 1, -1, -1):
            value = self.values.get(start)
            if value is not None and value.end >= line:
                return value
        return None

    def text(self, start: int, end: int) -> str:
        """Give the JSON of what stands in these lines, without its name or a comma."""
        first, *rest = self.lines[start : end + 1]
        return "\n".join([_without_name(first.strip()), *rest]).rstrip(",")


def outline(lines: Sequence[str]) -> Outline:
    """Find the values of laid-out JSON in one pass."""
    values: dict[int, Value] = {}
    opened: list[_Open] = []
    for number, line in enumerate(lines):
        if line.lstrip()[:1] in ("}", "]") and opened:
            whole = opened.pop()
            values[whole.start] = Value(
                start=whole.start, end=number, depth=len(opened), members=whole.members
            )
            continue
        if opened:
            opened[-1].members += 1
        if line[-1:] in ("{", "["):
            opened.append(_Open(number))
    sizes = accumulate((len(line.strip()) - ('": ' in line) for line in lines), initial=0)
    return Outline(lines=lines, values=values, _sizes=list(sizes))


def _without_name(line: str) -> str:
    """Give a member's value: ``"a": {`` is ``{``."""
    if not line.startswith('"'):
        return line
    at = 1
    while at < len(line) and line[at] != '"':
        at += 2 if line[at] == "\\" else 1
    return line[at + 3 :] if line[at + 1 : at + 3] == ": " else line
