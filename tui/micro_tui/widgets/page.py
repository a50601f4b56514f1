"""A page of blocks to scroll through: labels at the left, lines drawn when they are seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from micro_tui.paint.blocks import Block
from micro_tui.parts import Parts, crop, pad
from micro_tui.widgets.painted import PaintedScroll, bindings

_LABEL = 11
_MARGIN = 1
_NARROW = 50


class Page(PaintedScroll, can_focus=True):
    """Shows blocks one under the other with an empty line between."""

    BINDINGS = bindings("text")  # pyright: ignore[reportAssignmentType]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: Sequence[Block] = ()
        self._starts: list[int] = []
        self._heights: list[int] = []

    def show(self, blocks: Sequence[Block], *, keep_place: bool = False) -> None:
        """Show other blocks, from the top unless the place is to be kept."""
        self._blocks = blocks
        self._lay_out()
        if not keep_place:
            self.scroll_to(y=0, animate=False)
        self.refresh()

    @property
    def _gutter(self) -> int:
        labelled = any(block.label for block in self._blocks)
        return _LABEL if labelled and self.columns >= _NARROW else 0

    @property
    def _room(self) -> int:
        return max(1, self.columns - self._gutter - 2 * _MARGIN)

    def _lay_out(self) -> None:
        self._starts = []
        self._heights = []
        line = 0
        for block in self._blocks:
            height = block.lay_out(self._room)
            self._starts.append(line)
            self._heights.append(height)
            line += height + 1
        self.virtual_size = Size(self.columns, max(0, line - 1))

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._lay_out()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line that is seen."""
        width = self.columns
        line = self.scroll_offset.y + y
        at = bisect_right(self._starts, line) - 1
        if at < 0 or line - self._starts[at] >= self._heights[at]:
            return self.blank(width)
        index = line - self._starts[at]
        block = self._blocks[at]
        label = block.label if index == 0 else ""
        parts: Parts = [("base", " " * _MARGIN), ("dim", pad(label, self._gutter))]
        return self.strip([*parts, *crop(block.line(index, self._room), self._room)], width)
