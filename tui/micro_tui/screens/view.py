"""What every view has: the lines at the top, the keys at the bottom, a tick, a filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from micro.errors import MicroError
from micro_tui import format as words
from micro_tui.desk import Desk
from micro_tui.keys import FIRST, Key, footer
from micro_tui.paint.status import Place, key_line, status_line, tab_line
from micro_tui.parts import Parts
from micro_tui.state import Part, State
from micro_tui.widgets.line import Buttons, Line
from micro_tui.widgets.page import Page
from micro_tui.widgets.picklist import PickList
from micro_tui.widgets.ringlist import RingList


class Copy(Message):
    """A text is to be copied."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Complain(Message):
    """An order failed."""

    def __init__(self, error: MicroError) -> None:
        super().__init__()
        self.error = error


class Edit(Message):
    """A file of the project is to be opened, at a line where one is known."""

    def __init__(self, file: str, line: int | None) -> None:
        super().__init__()
        self.file = file
        self.line = line


class Reload(Message):
    """A service is to be loaded again, or all of them."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service


class ShowCall(Message):
    """A call is to be opened, by its number."""

    def __init__(self, call: int) -> None:
        super().__init__()
        self.call = call


class ShowTrace(Message):
    """The call of a trace is to be opened: the one of this tool."""

    def __init__(self, trace_id: str, tool: str) -> None:
        super().__init__()
        self.trace_id = trace_id
        self.tool = tool


class ShowRecord(Message):
    """The audit records of a trace are to be shown."""

    def __init__(self, trace_id: str) -> None:
        super().__init__()
        self.trace_id = trace_id


class ShowCalls(Message):
    """The calls that a filter lets through are to be shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class View(Screen[None]):
    """A view of the desk. ``view_name`` is its name in the key table and in the tabs."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (10, "-low"), (30, "-high")]  # noqa: RUF012

    view_name: ClassVar[str]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._lines = (Line(self._status, id="status"), Buttons(self._tabs, id="tabs"))
        self.keybar = Buttons(lambda width: key_line(self.keys(), width), id="keys")

    def compose(self) -> ComposeResult:
        """Put the view's own widgets between the lines."""
        yield from self._lines
        with Container(id="body"):
            yield from self.body()
        yield self.keybar

    def body(self) -> Iterable[Widget]:
        """Give the view's own widgets."""
        return ()

    def _status(self, width: int) -> Parts:
        if self.has_class("-tiny") or self.has_class("-flat"):
            return [("warn", " micro needs 40 columns and 10 rows"[:width])]
        desk = self.desk
        return status_line(self.shown(), width, now=desk.clock(), glyphs=desk.glyphs)

    def _tabs(self, width: int) -> tuple[Parts, list[Place]]:
        return tab_line(self.shown(), self.view_name, width=width, note=self.note())

    def shown(self) -> State:
        """Give the state that is looked at: as it is, or was at an earlier moment."""
        return self.desk.state

    def note(self) -> Parts:
        """Give what stands at the right of the tabs."""
        desk = self.desk
        if desk.moment is not None and self.shown().moment is None:
            return [("warn", f"now; calls are as of {words.clock(desk.moment)[:8]}")]
        dropped = desk.state.dropped
        return [("warn", f"{dropped:,} events not shown")] if dropped else []

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed. ``slow`` comes four times a second, for what costs more."""
        if slow:
            for line in (*self._lines, self.keybar):
                line.update()

    def places(self) -> Iterator[str]:
        """Give what has the keys, innermost first."""
        focused = self.focused
        if isinstance(focused, RingList | PickList):
            yield "list"
        if isinstance(focused, RingList):
            yield "stream"
        if isinstance(focused, Page):
            yield "text"
        yield self.view_name
        yield "app"

    def keys(self) -> list[Key]:
        """Give the keys that work now and have a label."""
        return [key for key in footer(self.places()) if self.works(key)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let what is written in an input be text, also where a key of it opens something."""
        return action not in FIRST or not isinstance(self.focused, Input)

    def number_at_hand(self) -> int:
        """Give the number of the call that one has chosen; 0 if there is none."""
        return 0

    def works(self, key: Key) -> bool:
        """Say whether a key would do anything now."""
        if key.action == "touch":
            return isinstance(self.focused, Page) and self.focused.touchable
        return True
