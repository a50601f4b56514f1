"""One line that is repainted only when it says something else; and one that can be clicked."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.strip import Strip

from micro_tui.paint.status import Place
from micro_tui.parts import Parts
from micro_tui.widgets.painted import Painted


class Line(Painted):
    """Shows what ``draw`` gives for the width at hand."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def __init__(self, draw: Callable[[int], Parts], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._shown: Parts | None = None

    def update(self) -> None:
        """Draw again if it has something else to say."""
        if self.size.width and self._draw(self.size.width) != self._shown:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw it."""
        self._shown = self._draw(self.size.width)
        return self.strip(self._shown, self.size.width)


class Buttons(Line):
    """A line of places that each stand for a key; a click on one does what the key does."""

    class Pressed(Message):
        """A place was clicked; ``key`` is the one that it stands for."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(
        self, lay_out: Callable[[int], tuple[Parts, list[Place]]], *, id: str | None = None
    ) -> None:
        super().__init__(lambda width: lay_out(width)[0], id=id)
        self._lay_out = lay_out

    def on_click(self, event: events.Click) -> None:
        """Say which key is under the mouse."""
        for start, end, key in self._lay_out(self.size.width)[1]:
            if start <= event.x < end:
                self.post_message(self.Pressed(key))
