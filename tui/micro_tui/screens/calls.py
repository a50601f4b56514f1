"""The main view: services at the side, calls as they come, one of them opened below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from micro.errors import MicroError
from micro.events import LoadError
from micro.snapshots import CallView
from micro_tui.desk import Desk
from micro_tui.format import clean
from micro_tui.keys import Key
from micro_tui.orders import call_again, text_of_call
from micro_tui.paint.rows import stream_row
from micro_tui.paint.services import side_rows
from micro_tui.paint.start import connect_command, start_page
from micro_tui.paint.status import heading
from micro_tui.parts import Parts, cut
from micro_tui.query import CALLS, compile_query
from micro_tui.screens.filtered import FilteredView
from micro_tui.screens.view import Complain, Copy
from micro_tui.state import Part, StreamRow
from micro_tui.widgets.line import Line
from micro_tui.widgets.page import Page
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.pane import Pane
from micro_tui.widgets.picklist import PickList
from micro_tui.widgets.ringlist import RingList


class CallsView(FilteredView[StreamRow]):
    """Calls, live."""

    BINDINGS = bindings("calls", "pane")  # pyright: ignore[reportAssignmentType]
    AUTO_FOCUS = "RingList"

    view_name = "calls"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._told: dict[str, LoadError] = {}
        self._start_shown: tuple[object, ...] = ()
        self.stream = RingList(desk.state.stream, self._row, lasting=_lasting, id="stream")
        self.services = PickList(self._side, id="services")
        self._side_title = Line(self._side_heading, id="side-title")
        self._start = Page(id="start")
        self.pane = Pane(desk, id="pane")
        self._main = Vertical(self.stream_title, self.stream, self._start, self.pane, id="main")

    def body(self) -> Iterable[Widget]:
        """Give side list, stream, first page and pane."""
        self._main.add_class("-empty")
        yield Horizontal(Vertical(self._side_title, self.services, id="side"), self._main)

    @property
    def opened(self) -> bool:
        """Whether the pane shows something."""
        return self.pane.call is not None or self.pane.service is not None

    def _side(self, width: int) -> list[tuple[str, Parts]]:
        desk = self.desk
        return side_rows(desk.state, width, now=desk.clock(), glyphs=desk.glyphs)

    def _side_heading(self, width: int) -> Parts:
        focused = self.services.has_focus
        return heading(
            [("title", "Services")], [], width=width, focused=focused, glyphs=self.desk.glyphs
        )

    def _row(self, row: StreamRow, width: int) -> Parts:
        return stream_row(row, width, now=self.desk.clock(), glyphs=self.desk.glyphs)

    def compile(self, text: str) -> Callable[[StreamRow], bool] | None:
        """Give a filter of calls; marks between them are left out."""
        keep = compile_query(text, CALLS)
        return None if keep is None else lambda row: isinstance(row, CallView) and keep(row)

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed."""
        super().tick(dirty, slow=slow)
        state = self.desk.state
        self._main.set_class(not len(state.stream), "-empty")
        self.pane.refresh_subject()
        if "services" in dirty:
            self._tell_failures()
        if not slow:
            return
        self.services.update()
        self._side_title.update()
        self.pane.update()
        if state.running:
            self.stream.refresh()
        self._show_start()

    def _show_start(self) -> None:
        state = self.desk.state
        shown = (state.link, state.name, state.tool_count, tuple(state.services), state.addresses)
        if not len(state.stream) and shown != self._start_shown:
            self._start_shown = shown
            self._start.show(start_page(state))

    def _tell_failures(self) -> None:
        """Open the pane once for each new failure, and close it when the code loads again."""
        services = self.desk.state.services
        errors = {name: s.error for name, s in services.items() if s.error is not None}
        shown = self.pane.service
        mended = [name for name in self._told if name not in errors]
        for name in mended:
            del self._told[name]
        if shown is not None and (shown.name in mended or shown.name not in services):
            self._close()
        for name, error in sorted(errors.items()):
            if self._told.get(name) != error and self.pane.call is None:
                self._told[name] = error
                self.pane.show_service(services[name])
                self._open("-service", asked=False)

    def _open(self, kind: str, *, asked: bool = True) -> None:
        """Show the pane; it takes the keys if one asked for it and it hides the list."""
        for name in ("-call", "-service"):
            self._main.set_class(kind == name, name)
        self._main.add_class("-open")
        if asked and kind == "-call" and self.has_class("-low", "-narrow"):
            self.pane.page.focus()

    def _close(self) -> None:
        self._main.remove_class("-open", "-call", "-service")
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
        elif row.service in state.services:
            self.open_service(row.service)

    def open_call(self, call: int) -> bool:
        """Open a call by its number; says whether it is still kept."""
        ring = self.desk.state.stream
        for seq in reversed(range(ring.first, ring.end)):
            row = ring[seq]
            if isinstance(row, CallView) and row.call == call:
                self.stream.go_to(seq)
                self.open_row(seq)
                return True
        return False

    def open_service(self, name: str) -> None:
        """Open a service."""
        self.pane.show_service(self.desk.state.services[name])
        self._open("-service")

    def on_ring_list_opened(self, event: RingList.Opened) -> None:
        """Open the row."""
        self.open_row(event.seq)

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Open a service, or filter by a tool."""
        kind, _, name = event.key.partition(":")
        if kind == "service" and name in self.desk.state.services:
            self.open_service(name)
        elif kind == "tool":
            self.set_filter(f"tool:{name}")

    def places(self) -> Iterator[str]:
        """Give what has the keys."""
        if self.opened:
            yield "pane"
        yield from super().places()

    def works(self, key: Key) -> bool:
        """Say whether a key would do anything now."""
        match key.action:
            case "back":
                return self.opened or bool(self.filter_text)
            case "replay":
                return self._call_at_hand() is not None
            case "open" | "follow" | "pause" | "filter":
                return self.services.has_focus or len(self.desk.state.stream) > 0
            case "walk(1)" | "walk(-1)":
                return self.pane.call is not None
            case _:
                return super().works(key)

    def action_back(self) -> None:
        """Close the pane, else clear the filter."""
        if self.opened:
            self._close()
        else:
            super().action_back()

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

    def _call_at_hand(self) -> CallView | None:
        row = self.pane.call or self.stream.current
        return row if isinstance(row, CallView) else None

    def action_replay(self) -> None:
        """Call again."""
        view = self._call_at_hand()
        if view is not None:
            self.run_worker(self._replay(view), group="replay")

    async def _replay(self, view: CallView) -> None:
        try:
            called = await call_again(self.desk.feed, view)
        except MicroError as error:
            self.post_message(Complain(error))
            return
        title = f"{clean(view.tool)} {'failed' if called.is_error else 'answered'} again"
        self.notify(cut(called.text, 200), title=title, markup=False)

    def action_copy(self) -> None:
        """Copy what is at hand."""
        self.run_worker(self._copy(), group="copy")

    async def _copy(self) -> None:
        text = self.pane.copy_text()
        view = self._call_at_hand()
        if not text and view is not None:
            text = await text_of_call(self.desk.feed, view)
        self.post_message(Copy(text or connect_command(self.desk.state)))


def _lasting(row: StreamRow) -> bool:
    return not isinstance(row, CallView) or row.outcome is not None
