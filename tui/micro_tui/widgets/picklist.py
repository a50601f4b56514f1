"""A short list to choose from; its lines are made anew as often as they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from micro_tui.parts import Parts
from micro_tui.widgets.painted import PaintedScroll, bindings

Item = tuple[str, Parts]


class PickList(PaintedScroll, can_focus=True):
    """Lines with keys. The cursor stays with its key when lines come and go."""

    BINDINGS = bindings("list")  # pyright: ignore[reportAssignmentType]

    chosen: var[str] = var("")

    class Moved(Message):
        """Another line is under the cursor."""

        def __init__(self, key: str, source: PickList) -> None:
            super().__init__()
            self.key = key
            self.source = source

    class Opened(Moved):
        """A line was chosen."""

    def __init__(self, draw: Callable[[int], Sequence[Item]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._items: Sequence[Item] = ()

    def update(self) -> None:
        """Draw again if the lines are others now."""
        if not self.columns:
            return
        items = self._draw(self.columns)
        if items == self._items:
            return
        self._items = items
        self.virtual_size = Size(self.columns, len(items))
        keys = self._keys()
        if self.chosen not in keys:
            self.chosen = keys[0] if keys else ""
        self.refresh()

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self._items)

    def _keys(self) -> list[str]:
        return list(dict.fromkeys(key for key, _ in self._items if key))

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.update()

    def render_line(self, y: int) -> Strip:
        """Draw one line that is seen."""
        line = self.scroll_offset.y + y
        if line >= len(self._items):
            return self.blank(self.columns)
        key, parts = self._items[line]
        here = bool(key) and key == self.chosen
        under = ("cursor" if self.has_focus else "cursor-away") if here else ""
        return self.strip(parts, self.columns, under=under)

    def watch_chosen(self, key: str) -> None:
        """Tell, and draw the cursor where it is."""
        self.refresh()
        self.post_message(self.Moved(key, self))

    def pick(self, key: str) -> None:
        """Put the cursor on a key and show its line."""
        lines = [i for i, (k, _) in enumerate(self._items) if k == key]
        if not lines:
            return
        self.chosen = key
        top, height = self.scroll_offset.y, self.size.height
        if lines[0] < top:
            self.scroll_to(y=lines[0], animate=False)
        elif lines[-1] >= top + height:
            self.scroll_to(y=lines[-1] - height + 1, animate=False)

    def action_move(self, by: int) -> None:
        """Move the cursor by keys."""
        keys = self._keys()
        if keys:
            at = keys.index(self.chosen) if self.chosen in keys else 0
            self.pick(keys[min(max(0, at + by), len(keys) - 1)])

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_head(self) -> None:
        """Go to the first key."""
        self.action_move(-len(self._items))

    def action_tail(self) -> None:
        """Go to the last key."""
        self.action_move(len(self._items))

    def action_open(self) -> None:
        """Choose the key under the cursor."""
        if self.chosen:
            self.post_message(self.Opened(self.chosen, self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor under the mouse; a second click chooses."""
        line = self.scroll_offset.y + event.y
        if line < len(self._items) and self._items[line][0]:
            self.chosen = self._items[line][0]
            if event.chain == 2:
                self.action_open()
