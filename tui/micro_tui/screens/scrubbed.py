"""Stepping back in time: the stream as it was at an earlier moment, until one returns to now."""

from __future__ import annotations

from collections.abc import Callable

from micro_tui import format as words
from micro_tui.desk import Desk
from micro_tui.earlier import state_at
from micro_tui.paint.rows import stream_row
from micro_tui.parts import Parts
from micro_tui.past import as_of, moment_after, moment_before, rows_until, running_at
from micro_tui.screens.opened import OpenedView
from micro_tui.state import Part, State, StreamRow
from micro_tui.widgets.timeline import Timeline


class ScrubbedView(OpenedView):
    """The stream now, or as of ``moment``."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.moment: float | None = None
        self._then: State | None = None
        self.timeline = Timeline(desk, id="timeline")
        self.timeline.display = False

    def on_mount(self) -> None:
        """Watch for the list to go on."""
        self.watch(self.stream, "paused", self._return_to_now, init=False)

    def shown(self) -> State:
        """Give the state that is looked at; of an earlier moment it is worked out once."""
        moment = self.moment
        if moment is None:
            return super().shown()
        if self._then is None or self._then.moment != moment:
            self._then = state_at(self.desk.state, moment)
        return self._then

    def row(self, row: StreamRow, width: int) -> Parts:
        """Draw a row as it is or was."""
        moment, desk = self.moment, self.desk
        shown = row if moment is None else as_of(row, moment)
        now = desk.clock() if moment is None else moment
        return stream_row(shown, width, now=now, glyphs=desk.glyphs, columns=desk.desktop.columns)

    def apply_filter(self) -> None:
        """Let the list show what the filter lets through, of the moment that is looked at."""
        moment, keep = self.moment, self._keep
        if moment is None:
            super().apply_filter()
            return
        until = rows_until(self.desk.state.stream, moment)
        self.stream.set_filter(keep and _at(moment, keep), until=until)
        self.stream.freeze_at_end()

    def go_to_moment(self, moment: float | None) -> None:
        """Show the stream as of a moment; ``None`` is now."""
        left = self.moment is not None and moment is None
        self.moment = self.timeline.moment = self.desk.moment = moment
        self.timeline.display = moment is not None
        self.apply_filter()
        if left:
            self.stream.action_tail()
        self.timeline.refresh()
        self.stream_title.update()

    def action_step(self, by: int) -> None:
        """Go to the last thing that happened before the moment, or to the next one after it."""
        ring, moment = self.desk.state.stream, self.moment
        if moment is None and by > 0:
            return
        at = self.desk.clock() if moment is None else moment
        found = moment_before(ring, at) if by < 0 else moment_after(ring, at)
        if found is not None or by > 0:
            self.go_to_moment(found)

    def action_leap(self, seconds: float) -> None:
        """Go some seconds back, or on until it is now."""
        ring, now = self.desk.state.stream, self.desk.clock()
        if not len(ring) or (self.moment is None and seconds > 0):
            return
        moment = (now if self.moment is None else self.moment) + seconds
        self.go_to_moment(max(moment, ring[ring.first].time) if moment < now else None)

    def on_timeline_picked(self, event: Timeline.Picked) -> None:
        """Go to the moment under the mouse."""
        self.go_to_moment(event.moment)

    def _return_to_now(self, paused: bool) -> None:
        """Look at no earlier moment once the list takes in what comes again."""
        if self.moment is not None and not paused:
            self.go_to_moment(None)

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Move the end of the timeline on."""
        super().tick(dirty, slow=slow)
        if slow and self.moment is not None:
            self.timeline.refresh()

    def whether_live(self) -> Parts:
        """Say which moment is looked at."""
        if self.moment is None:
            return super().whether_live()
        ago = words.age(max(0.0, self.desk.clock() - self.moment))
        runs = running_at(self.desk.state.stream, self.moment)
        facts = f"  {ago} ago, {runs} ran" if ago != "now" else f"  {runs} ran"
        return [
            ("warn", f"{self.desk.glyphs.pause} as of {words.clock(self.moment)}"),
            ("dim", f"{facts}  , . step  G now"),
        ]

    def action_back(self) -> None:
        """Close what is open, then return to now, then clear the filter."""
        if self.moment is not None and not self.opened:
            self.go_to_moment(None)
        else:
            super().action_back()


def _at(moment: float, keep: Callable[[StreamRow], bool]) -> Callable[[StreamRow], bool]:
    return lambda row: keep(as_of(row, moment))
