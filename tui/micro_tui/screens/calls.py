"""The main view: services at the side, calls as they come, one of them opened below."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from micro.snapshots import CallView
from micro_tui.complete import completed
from micro_tui.desk import Desk
from micro_tui.keys import Key
from micro_tui.paint.columns import COLUMNS, shown_columns
from micro_tui.paint.services import side_rows
from micro_tui.paint.start import start_page
from micro_tui.paint.status import heading
from micro_tui.parts import Parts
from micro_tui.query import CALLS, compile_query
from micro_tui.screens.callacts import CallActs
from micro_tui.screens.menu import Menu
from micro_tui.state import Part, StreamRow, clear_calls, restore_calls
from micro_tui.values import call_values
from micro_tui.widgets.line import Line
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class CallsView(CallActs):
    """Calls, live."""

    BINDINGS = bindings("calls", "pane")  # pyright: ignore[reportAssignmentType]
    AUTO_FOCUS = "RingList"

    view_name = "calls"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._start_shown: tuple[object, ...] = ()
        self.services = PickList(self._side, id="services")
        self._side_title = Line(self._side_heading, id="side-title")

    def body(self) -> Iterable[Widget]:
        """Give side list, stream, first page and pane."""
        self.main.add_class("-empty")
        self.set_class(not self.desk.desktop.side, "-alone")
        yield Horizontal(Vertical(self._side_title, self.services, id="side"), self.main)
        yield self.timeline

    def _side(self, width: int) -> list[tuple[str, Parts]]:
        desk = self.desk
        return side_rows(self.shown(), width, now=desk.clock(), glyphs=desk.glyphs)

    def _side_heading(self, width: int) -> Parts:
        focused = self.services.has_focus
        return heading(
            [("title", "Services")], [], width=width, focused=focused, glyphs=self.desk.glyphs
        )

    def compile(self, text: str) -> Callable[[StreamRow], bool] | None:
        """Give a filter of calls; marks between them are left out."""
        keep = compile_query(text, CALLS)
        return None if keep is None else lambda row: isinstance(row, CallView) and keep(row)

    def complete(self, text: str) -> str | None:
        """Give how a filter could go on."""
        return completed(text, (*CALLS.texts, *CALLS.numbers), call_values(self.desk.state))

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed."""
        super().tick(dirty, slow=slow)
        state = self.desk.state
        self.main.set_class(not len(state.stream), "-empty")
        if not slow:
            return
        self.services.update()
        self._side_title.update()
        if state.running:
            self.stream.refresh()
        self._show_start()

    def _show_start(self) -> None:
        state = self.desk.state
        shown = (state.link, state.name, state.tool_count, tuple(state.services), state.addresses)
        if not len(state.stream) and shown != self._start_shown:
            self._start_shown = shown
            self.start.show(start_page(state))

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Open a service, or filter by a tool."""
        kind, _, name = event.key.partition(":")
        if kind == "service" and name in self.desk.state.services:
            self.open_service(name)
        elif kind == "tool":
            self.set_filter(f"tool:{name}")

    def works(self, key: Key) -> bool:
        """Say whether a key would do anything now."""
        match key.action:
            case "back":
                return self.opened or self.moment is not None or bool(self.filter_text)
            case "replay" | "try" | "difference" | "record":
                return self.call_at_hand() is not None
            case "save":
                return self.call_at_hand() is not None and self.desk.lent.save_case is not None
            case "open" | "follow" | "pause" | "filter":
                return self.services.has_focus or len(self.desk.state.stream) > 0
            case "step(-1)" | "leap(-10)" | "clear":
                return len(self.desk.state.stream) > 0
            case "step(1)" | "leap(10)":
                return self.moment is not None
            case "walk(1)" | "walk(-1)":
                return self.pane.call is not None
            case _:
                return super().works(key)

    def action_columns(self) -> None:
        """Choose which facts of a call have a column."""
        shown = shown_columns(self.stream.columns, self.desk.desktop.columns)

        def chosen(key: str | None) -> None:
            for column in COLUMNS:
                if column.key == key:
                    kept = {**self.desk.desktop.columns, column.name: column.name not in shown}
                    self.desk.keep(columns=kept)
                    self.apply_filter()

        choices = [(c.key, f"{'hide' if c.name in shown else 'show'} {c.about}") for c in COLUMNS]
        self.app.push_screen(Menu("columns", choices), chosen)  # pyright: ignore[reportUnknownMemberType]

    def action_clear(self) -> None:
        """Begin with an empty list; what is recorded elsewhere stays."""
        self.close()
        clear_calls(self.desk.state, now=self.desk.clock())
        self.go_to_moment(None)

    def action_restore(self) -> None:
        """Show again what was cleared away."""
        restore_calls(self.desk.state)
        self.go_to_moment(None)

    def action_side(self) -> None:
        """Show the list of services, or leave its room to the calls."""
        shown = self.has_class("-alone")
        self.set_class(not shown, "-alone")
        if not shown and self.services.has_focus:
            self.stream.focus()
        self.desk.keep(side=shown)
