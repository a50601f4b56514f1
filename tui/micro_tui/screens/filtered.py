"""A view of a stream of rows with a filter over it: what calls and logs have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from micro_tui.desk import Desk
from micro_tui.keys import Key
from micro_tui.paint.status import heading
from micro_tui.parts import Parts, cut
from micro_tui.query import QueryError
from micro_tui.screens.view import View
from micro_tui.state import Part
from micro_tui.widgets.filterbar import FilterBar
from micro_tui.widgets.line import Line
from micro_tui.widgets.ringlist import RingList

Row = TypeVar("Row")


class FilteredView(View, Generic[Row]):
    """A view with one list of rows, a heading over it, and ``/``."""

    stream: RingList[Row]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.filter_text = ""
        self._keep: Callable[[Row], bool] | None = None
        self.stream_title = Line(self._stream_heading, id="stream-title")

    def compile(self, text: str) -> Callable[[Row], bool] | None:
        """Give the predicate of a filter; raises ``QueryError``."""
        raise NotImplementedError

    def set_filter(self, text: str) -> None:
        """Show only the rows that a filter lets through, or say what is wrong with it."""
        bar = next(iter(self.query(FilterBar)), None)
        try:
            keep = self.compile(text)
        except QueryError as error:
            if bar is not None:
                bar.say(f"{error.message} · {error.mend}")
            return
        if bar is not None:
            bar.say("")
        self.filter_text = text.strip()
        self._keep = keep
        self.stream.empty = self.nothing()
        self.apply_filter()
        self.stream_title.update()

    def nothing(self) -> str:
        """Say why there is no row, where there is none."""
        return "nothing fits the filter; esc clears it" if self.filter_text else ""

    def apply_filter(self) -> None:
        """Let the list show what the filter lets through."""
        self.stream.set_filter(self._keep)

    def on_mount(self) -> None:
        """Take up the filter that was left here, and watch whether the list follows.

        A message would come after the list has been painted: the heading would wait a frame.
        """
        for what in ("follow", "paused"):
            self.watch(self.stream, what, self.stream_title.update, init=False)
        self.set_filter(self.desk.desktop.filters.get(self.view_name, ""))

    async def action_filter(self) -> None:
        """Write a filter."""
        if not self.query(FilterBar):
            history = self.desk.desktop.history
            bar = FilterBar(self.filter_text, history=history, complete=self.complete)
            await self.mount(bar, before="#keys")
            self.set_focus(bar.input)

    def complete(self, text: str) -> str | None:
        """Give how a filter could go on; ``None`` if there is no telling."""
        return None

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Filter while one writes."""
        self.set_filter(event.text)

    async def on_filter_bar_closed(self) -> None:
        """Give the keys back to the list."""
        await self.query(FilterBar).remove()
        self.stream.focus()
        self.desk.keep_filter(self.view_name, self.filter_text)

    def _stream_heading(self, width: int) -> Parts:
        stream, glyphs = self.stream, self.desk.glyphs
        title: Parts = [("title", self.view_name.capitalize())]
        if self.filter_text:
            title += [("key", f"  / {cut(self.filter_text, 40)}")]
            title += [("dim", f"  {len(stream.view.seqs):,} of {len(stream.view.ring):,} rows")]
        right = self.whether_live()
        return heading(title, right, width=width, focused=stream.has_focus, glyphs=glyphs)

    def whether_live(self) -> Parts:
        """Say whether the list follows what comes, and how it does again."""
        stream, glyphs = self.stream, self.desk.glyphs
        unseen = f"  +{stream.unseen:,} new" if stream.unseen else ""
        if stream.paused:
            return [("warn", f"{glyphs.pause} paused{unseen}"), ("dim", "  space goes on")]
        if stream.follow:
            return [("ok", glyphs.ok), ("dim", " follows")]
        return [("live", unseen.strip() or "stays here"), ("dim", "  G follows")]

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Take in new rows."""
        super().tick(dirty, slow=slow)
        self.stream.tick()
        if slow:
            self.stream_title.update()

    def works(self, key: Key) -> bool:
        """Say whether a key would do anything now."""
        if key.action == "back":
            return bool(self.filter_text)
        return super().works(key)

    def action_back(self) -> None:
        """Clear the filter."""
        self.set_filter("")
        self.desk.keep_filter(self.view_name, "")
