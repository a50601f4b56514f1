"""The time that is kept as one line: how much happened when, and the moment that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip

from micro_tui import format as words
from micro_tui.desk import Desk
from micro_tui.parts import SPACE, Parts
from micro_tui.past import density
from micro_tui.widgets.painted import Painted

_CLOCK = 8
_EDGE = _CLOCK + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time from ``start`` to ``end``, drawn in ``columns`` cells."""

    start: float
    end: float
    columns: int

    def column_of(self, moment: float) -> int:
        """Give where a moment is."""
        share = (moment - self.start) / max(self.end - self.start, 1e-9)
        return min(max(0, int(share * self.columns)), self.columns - 1)

    def moment_of(self, column: int) -> float:
        """Give the moment in the middle of a column."""
        share = (min(max(0, column), self.columns - 1) + 0.5) / self.columns
        return self.start + share * (self.end - self.start)


class Timeline(Painted):
    """A click goes to a moment, and so does dragging."""

    DEFAULT_CSS = "Timeline { height: 1; width: 1fr; }"

    class Picked(Message):
        """A moment was picked."""

        def __init__(self, moment: float) -> None:
            super().__init__()
            self.moment = moment

    def __init__(self, desk: Desk, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._desk = desk
        self.moment: float | None = None

    def _span(self) -> Span:
        ring, now = self._desk.state.stream, self._desk.clock()
        start = ring[ring.first].time if len(ring) else now
        return Span(start=min(start, now), end=now, columns=max(1, self.size.width - 2 * _EDGE))

    def _parts(self) -> Parts:
        span, desk = self._span(), self._desk
        counts = density(desk.state.stream, span.start, span.end, span.columns)
        bars = words.sparkline([float(c) for c in counts], ascii_only=desk.glyphs.plain)
        here = span.column_of(self.moment if self.moment is not None else span.end)
        edges = [words.clock(moment)[:_CLOCK] for moment in (span.start, span.end)]
        return [
            *(SPACE, ("dim", edges[0]), SPACE),
            *(("spark", bars[:here]), ("warn", desk.glyphs.upright), ("rule", bars[here + 1 :])),
            *(SPACE, ("dim", edges[1]), SPACE),
        ]

    def render_line(self, y: int) -> Strip:
        """Draw it."""
        return self.strip(self._parts(), self.size.width)

    def _pick(self, event: events.MouseEvent) -> None:
        self.post_message(self.Picked(self._span().moment_of(event.x - _EDGE)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go there, and follow the mouse."""
        self.capture_mouse()
        self._pick(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Go where the mouse is drawn to."""
        if event.button:
            self._pick(event)

    def on_mouse_up(self) -> None:
        """Stay."""
        self.release_mouse()
