"""A page of blocks to scroll through: labels at the left, lines drawn when they are seen.

Where lines fold or lead elsewhere there is a cursor, and the keys that scroll move it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from micro_tui.paint.blocks import Block, Foldable, Touchable
from micro_tui.parts import Parts, crop, pad
from micro_tui.widgets.painted import PaintedScroll, bindings

_LABEL = 11
_MARGIN = 1
_NARROW = 50


class Page(PaintedScroll, can_focus=True):
    """Shows blocks one under the other with an empty line between."""

    BINDINGS = bindings("text")  # pyright: ignore[reportAssignmentType]

    class Followed(Message):
        """A line that leads elsewhere was chosen."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: Sequence[Block] = ()
        self._starts: list[int] = []
        self._heights: list[int] = []
        self._touchables: Sequence[Touchable | None] = ()
        self._cursor = 0

    @property
    def touchable(self) -> bool:
        """Whether there are lines that do something."""
        return any(self._touchables)

    def show(self, blocks: Sequence[Block], *, keep_place: bool = False) -> None:
        """Show other blocks, from the top unless the place is to be kept."""
        self._blocks = blocks
        self._touchables = [block if isinstance(block, Touchable) else None for block in blocks]
        self._lay_out()
        if not keep_place:
            self._cursor = 0
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
        self._cursor = min(self._cursor, max(0, line - 2))

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._lay_out()
        self.refresh()

    def _at(self, line: int) -> tuple[int, int] | None:
        """Give the number of the block that a line belongs to, and which of its lines it is."""
        at = bisect_right(self._starts, line) - 1
        if at < 0 or line - self._starts[at] >= self._heights[at]:
            return None
        return at, line - self._starts[at]

    def _touched(self) -> tuple[Touchable, int] | None:
        """Give the block under the cursor and which of its lines it is, if it can be touched."""
        at, index = self._at(self._cursor) or (-1, 0)
        block = self._touchables[at] if at >= 0 else None
        return None if block is None else (block, index)

    def render_line(self, y: int) -> Strip:
        """Draw one line that is seen."""
        width = self.columns
        line = self.scroll_offset.y + y
        here = line == self._cursor and self.has_focus and self.touchable
        under = "cursor" if here else ""
        place = self._at(line)
        if place is None:
            return self.strip([], width, under=under) if under else self.blank(width)
        block, touched = self._blocks[place[0]], self._touchables[place[0]]
        label = block.label if place[1] == 0 else ""
        left = (" " * _MARGIN + pad(label, self._gutter))[: self._gutter]
        mark = touched.mark(place[1]) if touched is not None else ""
        parts: Parts = [("dim", left), ("key", mark or " ")]
        shown = crop(block.line(place[1], self._room), self._room)
        return self.strip([*parts, *shown], width, under=under)

    def value_at_hand(self) -> str:
        """Give what the line under the cursor is about; empty if the keys are elsewhere."""
        touched = self._touched() if self.has_focus else None
        return touched[0].value(touched[1]) if touched is not None else ""

    def go_to_line(self, line: int) -> None:
        """Put the cursor on a line and show it."""
        self._cursor = min(max(0, line), max(0, self.virtual_size.height - 1))
        top, height = self.scroll_offset.y, self.size.height
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor, or scroll where there is none."""
        if self.touchable:
            self.go_to_line(self._cursor + by)
        else:
            self.scroll_relative(y=by, animate=False)

    def action_page(self, pages: int) -> None:
        """Move by what fits on the screen."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_touch(self) -> None:
        """Fold or unfold the line under the cursor, or go where it leads."""
        touched = self._touched()
        target = touched[0].touch(touched[1]) if touched is not None else None
        if target:
            self.post_message(self.Followed(target))
        elif target is not None:
            self._lay_out()
            self.refresh()

    def action_unfold(self) -> None:
        """Unfold the line under the cursor."""
        touched = self._touched()
        if touched is not None and touched[0].mark(touched[1]):
            self.action_touch()

    def action_fold(self) -> None:
        """Fold the value round the cursor."""
        block, index = self._touched() or (None, 0)
        left = block.fold(index) if isinstance(block, Foldable) else None
        if left is not None:
            self._lay_out()
            self.go_to_line(self._cursor - index + left)

    def action_fold_all(self) -> None:
        """Fold or unfold every value of the block under the cursor."""
        block, index = self._touched() or (None, 0)
        if isinstance(block, Foldable):
            block.fold_all()
            self._lay_out()
            self.go_to_line(self._cursor - index)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse, and do what its line does."""
        if self.touchable:
            self.go_to_line(self.scroll_offset.y + event.y)
            self.action_touch()
