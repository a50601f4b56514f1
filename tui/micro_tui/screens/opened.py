"""A stream of calls with a pane under it: what opens in the pane, its size, walking through calls.

What one can do with a call is in ``callacts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.containers import Vertical

from micro.events import LoadError
from micro.snapshots import CallView
from micro_tui.desk import Desk
from micro_tui.format import clean_lines
from micro_tui.kept import LARGEST_PANE
from micro_tui.paint.changes import mark_page, mark_title
from micro_tui.parts import Parts
from micro_tui.screens.filtered import FilteredView
from micro_tui.screens.view import ShowRecord
from micro_tui.state import Mark, Part, StreamRow
from micro_tui.widgets.page import Page
from micro_tui.widgets.pane import Pane, Sheet
from micro_tui.widgets.ringlist import RingList


class OpenedView(FilteredView[StreamRow]):
    """Rows of the stream, and one of them opened."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._told: dict[str, LoadError] = {}
        self.stream = RingList(desk.state.stream, self.row, lasting=_lasting, id="stream")
        self.pane = Pane(desk, id="pane")
        self.start = Page(id="start")
        self.main = Vertical(self.stream_title, self.stream, self.start, self.pane, id="main")

    @property
    def opened(self) -> bool:
        """Whether the pane shows something."""
        return self.pane.filled

    def row(self, row: StreamRow, width: int) -> Parts:
        """Draw a row."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Give the pane the size that it was left with."""
        self.main.add_class(f"-pane-{self.desk.desktop.pane}")

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what became of the pane's subject."""
        super().tick(dirty, slow=slow)
        self.pane.refresh_subject()
        if "services" in dirty:
            self._tell_failures()
        if slow:
            self.pane.update()

    def _tell_failures(self) -> None:
        """Open the pane once for each new failure, and close it when the code loads again."""
        services = self.desk.state.services
        errors = {name: s.error for name, s in services.items() if s.error is not None}
        shown = self.pane.service
        mended = [name for name in self._told if name not in errors]
        for name in mended:
            del self._told[name]
        if shown is not None and (shown.name in mended or shown.name not in services):
            self.close()
        for name, error in sorted(errors.items()):
            free = self.pane.call is None and self.pane.sheet is None
            if self._told.get(name) != error and free:
                self._told[name] = error
                self.pane.show_service(services[name])
                self._open("-service", asked=False)

    def _open(self, kind: str, *, asked: bool = True) -> None:
        """Show the pane; it takes the keys if one asked for it and it hides the list."""
        for name in ("-call", "-service"):
            self.main.set_class(kind == name, name)
        self.main.add_class("-open")
        hides = self.has_class("-low", "-narrow") or self.main.has_class("-zoom")
        if asked and kind == "-call" and hides:
            self.pane.page.focus()

    def close(self) -> None:
        """Close the pane and give the keys back to the list."""
        self.main.remove_class("-open", "-call", "-service", "-zoom")
        self.pane.clear()
        self.stream.focus()
        self._tell_failures()

    def open_row(self, seq: int) -> None:
        """Open what a row of the stream is about."""
        state = self.desk.state
        if not state.stream.first <= seq < state.stream.end:
            return
        row = state.stream[seq]
        if isinstance(row, CallView):
            self.pane.show_call(seq, row)
            self._open("-call")
        elif row.kind == "reload":
            self.pane.clear()
            self.open_sheet(self._reload(row))
        elif row.service in state.services:
            self.open_service(row.service)

    def _reload(self, mark: Mark) -> Sheet:
        text = "\n".join(clean_lines("\n".join(mark.changes)))
        return Sheet(title=mark_title(mark, self.desk.glyphs), blocks=mark_page(mark), text=text)

    def open_sheet(self, sheet: Sheet) -> None:
        """Open a page of its own."""
        self.pane.show_sheet(sheet)
        self._open("-call")

    def open_call(self, call: int) -> bool:
        """Open a call by its number; says whether it is still kept."""
        return self._open_last(lambda row: row.call == call)

    def _open_last(self, wanted: Callable[[CallView], bool]) -> bool:
        ring = self.desk.state.stream
        for seq in reversed(range(ring.first, ring.end)):
            row = ring[seq]
            if isinstance(row, CallView) and wanted(row):
                self.stream.go_to(seq)
                self.open_row(seq)
                return True
        return False

    def open_trace(self, trace_id: str, tool: str) -> bool:
        """Open the last call of a trace to a tool; says whether it is still kept."""
        return self._open_last(lambda row: (row.trace_id, row.tool) == (trace_id, tool))

    def on_page_followed(self, event: Page.Followed) -> None:
        """Go where a line of the page leads: to another call, or to the audit log."""
        event.stop()
        kind, _, number = event.target.partition(":")
        if kind == "call" and not self.open_call(int(number)):
            self.notify("that call is no longer kept", severity="warning", markup=False)
        elif kind == "audit" and self.pane.call is not None:
            self.post_message(ShowRecord(self.pane.call.trace_id))

    def open_service(self, name: str) -> None:
        """Open a service."""
        self.pane.show_service(self.desk.state.services[name])
        self._open("-service")

    def on_ring_list_opened(self, event: RingList.Opened) -> None:
        """Open the row."""
        self.open_row(event.seq)

    def places(self) -> Iterator[str]:
        """Give what has the keys."""
        if self.opened:
            yield "pane"
        yield from super().places()

    def action_back(self) -> None:
        """Close what is shown over a call, then the pane, then clear the filter."""
        if self.pane.sheet is not None and self.pane.call is not None:
            self.pane.show_call(self.pane.seq, self.pane.call)
        elif self.opened:
            self.close()
        else:
            super().action_back()

    def action_zoom(self) -> None:
        """Show the pane alone, or with the list again."""
        if self.opened:
            self.main.toggle_class("-zoom")
            hidden = self.main.has_class("-zoom")
            (self.pane.page if hidden else self.stream).focus()

    def action_grow(self, by: int) -> None:
        """Make the pane higher or lower, and remember it."""
        before = self.desk.desktop.pane
        after = min(max(0, before + by), LARGEST_PANE)
        self.main.remove_class(f"-pane-{before}")
        self.main.add_class(f"-pane-{after}")
        self.desk.keep(pane=after)

    def action_walk(self, by: int) -> None:
        """Open the next call, or the one before."""
        self._step(by, lambda _: True, opened=True)

    def action_failed(self, by: int) -> None:
        """Go to the next call that is not ok, or the one before."""
        self._step(by, lambda row: row.outcome not in ("ok", None), opened=self.opened)

    def _step(self, by: int, wanted: Callable[[CallView], bool], *, opened: bool) -> None:
        seq = self.stream.find(by, lambda row: isinstance(row, CallView) and wanted(row))
        if seq is not None:
            self.stream.go_to(seq)
            if opened:
                self.open_row(seq)


def _lasting(row: StreamRow) -> bool:
    return not isinstance(row, CallView) or row.outcome is not None
