"""A live list that never jumps: it follows the end until one looks away, then stays put.

Draws the rows that are seen and no others, so its cost does not grow with the rate of events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual import events
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from micro_tui.parts import Parts
from micro_tui.ring import Ring, View
from micro_tui.widgets.painted import PaintedScroll, bindings

Row = TypeVar("Row")
_STRIPS_KEPT = 512


class RingList(PaintedScroll, Generic[Row], can_focus=True):
    """The rows of a ring.

    Args:
        ring: Where the rows are.
        draw: Gives a row's parts for a width.
        lasting: Whether a row's picture stays the same until the row is replaced.
    """

    BINDINGS = bindings("list", "stream")  # pyright: ignore[reportAssignmentType]

    follow: var[bool] = var(True)
    paused: var[bool] = var(False)
    cursor: var[int] = var(-1)

    class Opened(Message):
        """A row was chosen."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    def __init__(
        self,
        ring: Ring[Row],
        draw: Callable[[Row, int], Parts],
        *,
        lasting: Callable[[Row], bool] = lambda _: True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.view = View(ring)
        self.empty = ""
        self._ring = ring
        self._draw = draw
        self._lasting = lasting
        self._left_at = 0
        self._strips: LRUCache[tuple[int, int, str], tuple[Row, Strip]] = LRUCache(_STRIPS_KEPT)

    @property
    def unseen(self) -> int:
        """How many rows came since the list stopped to follow."""
        return 0 if self.follow else self._ring.end - self._left_at

    @property
    def current(self) -> Row | None:
        """The row under the cursor, ``None`` if there is none any more."""
        ring = self._ring
        return ring[self.cursor] if ring.first <= self.cursor < ring.end else None

    def tick(self) -> None:
        """Take in what changed in the ring."""
        if self.paused or not self.view.stale:
            return
        gone = self.view.catch_up()
        self._measure()
        if self.follow:
            self._to_end()
        elif gone:
            self.scroll_to(y=max(0, self.scroll_offset.y - gone), animate=False)
        self.refresh()

    def set_filter(self, keep: Callable[[Row], bool] | None, *, until: int | None = None) -> None:
        """Show only some rows, none from ``until`` on; works on a paused view too."""
        self.view.filter(keep, until=until)
        self._strips.clear()
        self._measure()
        if self.follow:
            self._to_end()
        else:
            self._show_cursor()
        self.refresh()

    def _measure(self) -> None:
        wanted, before = Size(self.columns, len(self.view.seqs)), self.virtual_size
        if wanted.width != before.width:
            self.virtual_size = wanted
        elif wanted != before:
            # The scrollbar is there anyway: nothing on the screen has to be laid out again.
            self.set_reactive(RingList.virtual_size, wanted)  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.window_virtual_size = wanted.height

    def freeze_at_end(self) -> None:
        """Take in nothing more, with the cursor on the last row that there is."""
        self.paused = True
        self.follow = False
        self._to_end()

    def _to_end(self) -> None:
        seqs = self.view.seqs
        self.cursor = seqs[-1] if seqs else -1
        y = max(0, len(seqs) - self.size.height)
        if y != self.scroll_offset.y:
            self.scroll_to(y=y, animate=False)

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Measure again and keep the place."""
        self._measure()
        if self.follow:
            self._to_end()
        else:
            self._show_cursor()

    def render_line(self, y: int) -> Strip:
        """Draw one row that is seen."""
        width, seqs = self.columns, self.view.seqs
        line = self.scroll_offset.y + y
        if line >= len(seqs):
            words = "" if seqs or line else f"   {self.empty}"
            return self.strip([("dim", words)], width)
        seq = seqs[line]
        if seq < self._ring.first:
            return self.strip([("dim", " no longer kept")], width)
        row = self._ring[seq]
        under = ("cursor" if self.has_focus else "cursor-away") if seq == self.cursor else ""
        key = (seq, width, under)
        lasting = self._lasting(row)
        if lasting and (kept := self._strips.get(key)) is not None and kept[0] is row:
            return kept[1]
        strip = self.strip(self._draw(row, width), width, under=under)
        if lasting:
            self._strips[key] = (row, strip)
        return strip

    def watch_cursor(self) -> None:
        """Draw the cursor where it is."""
        self.refresh()

    def watch_follow(self) -> None:
        """Count from here what is not seen."""
        self._left_at = self._ring.end

    def _show_cursor(self) -> None:
        line, top, height = self.view.line_of(self.cursor), self.scroll_offset.y, self.size.height
        if line < top:
            self.scroll_to(y=line, animate=False)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False)

    def go_to(self, seq: int) -> None:
        """Put the cursor on a row and show it."""
        self.follow = False
        self.cursor = seq
        self._show_cursor()

    def find(self, by: int, wanted: Callable[[Row], bool]) -> int | None:
        """Give the next row that is wanted, from the cursor in steps of ``by``."""
        seqs, ring = self.view.seqs, self._ring
        line = self.view.line_of(self.cursor) + by
        while 0 <= line < len(seqs):
            if seqs[line] >= ring.first and wanted(ring[seqs[line]]):
                return seqs[line]
            line += by
        return None

    def action_move(self, by: int) -> None:
        """Move the cursor by rows; on the last row the list follows again."""
        seqs = self.view.seqs
        if not seqs:
            return
        last = len(seqs) - 1
        line = min(max(0, self.view.line_of(self.cursor) + by), last)
        if not self.follow or line != last:
            self.go_to(seqs[line])
        self.follow = line == last and not self.paused

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_head(self) -> None:
        """Go to the oldest row."""
        self.action_move(-len(self.view.seqs))

    def action_tail(self) -> None:
        """Go to the newest row and follow."""
        self.paused = False
        self.view.catch_up()
        self._measure()
        self.follow = True
        self._to_end()
        self.refresh()

    def action_follow(self) -> None:
        """Follow, or stop where one is."""
        if self.follow:
            self.follow = False
        else:
            self.action_tail()

    def action_pause(self) -> None:
        """Freeze the view, or go on with it; what comes meanwhile is kept."""
        if self.paused:
            self.action_tail()
        else:
            self.paused = True
            self.follow = False

    def action_open(self) -> None:
        """Choose the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Opened(self.cursor))

    def on_mouse_scroll_up(self, event: Any) -> None:
        """Look away from the end."""
        self.follow = False

    def on_mouse_scroll_down(self, event: Any) -> None:
        """Follow again once the end is reached."""
        if not self.paused and self.scroll_offset.y >= self.max_scroll_y:
            self.action_tail()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse; a second click chooses."""
        line = self.scroll_offset.y + event.y
        if line < len(self.view.seqs):
            self.go_to(self.view.seqs[line])
            if event.chain == 2:
                self.action_open()
