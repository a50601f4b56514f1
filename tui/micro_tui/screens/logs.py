"""What services printed and logged, each line with the call that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.containers import Vertical
from textual.widget import Widget

from micro.events import LogWritten
from micro_tui.complete import completed
from micro_tui.desk import Desk
from micro_tui.format import clean
from micro_tui.paint.rows import log_row
from micro_tui.parts import Parts
from micro_tui.query import LOGS, compile_query
from micro_tui.screens.filtered import FilteredView
from micro_tui.screens.view import Copy, ShowCall
from micro_tui.values import log_values
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.ringlist import RingList


class LogsView(FilteredView[LogWritten]):
    """Log lines, live."""

    BINDINGS = bindings("logs")  # pyright: ignore[reportAssignmentType]
    AUTO_FOCUS = "RingList"

    view_name = "logs"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.stream = RingList(desk.state.logs, self._row, id="stream")

    def body(self) -> Iterable[Widget]:
        """Give the stream."""
        yield Vertical(self.stream_title, self.stream, id="main")

    def _row(self, row: LogWritten, width: int) -> Parts:
        return log_row(row, width)

    def nothing(self) -> str:
        """Say why there is no line, where there is none."""
        return super().nothing() or "nothing was printed or logged yet"

    def compile(self, text: str) -> Callable[[LogWritten], bool] | None:
        """Give a filter of log lines."""
        return compile_query(text, LOGS)

    def complete(self, text: str) -> str | None:
        """Give how a filter could go on."""
        return completed(text, (*LOGS.texts, *LOGS.numbers), log_values(self.desk.state))

    def on_ring_list_opened(self) -> None:
        """Open the call that the line belongs to."""
        row = self.stream.current
        if row is not None and row.call is not None:
            self.post_message(ShowCall(row.call))

    def action_same(self) -> None:
        """Show only the service of this line, or all services again."""
        row = self.stream.current
        if row is not None:
            self._only(f'service:"{row.service}"')

    def action_call(self) -> None:
        """Show only the call of this line, or all calls again."""
        row = self.stream.current
        if row is not None and row.call is not None:
            self._only(f"call={row.call}")
        elif self.filter_text:
            self.set_filter("")

    def action_bad(self) -> None:
        """Show only warnings and errors, or all lines again."""
        self._only("level:warning,error,critical")

    def _only(self, text: str) -> None:
        self.set_filter("" if self.filter_text == text else text)

    def action_copy(self) -> None:
        """Copy the line."""
        row = self.stream.current
        if row is not None:
            self.post_message(Copy(clean(row.text)))
