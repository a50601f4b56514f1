"""The line in which a filter is written; it is mounted when one asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from micro_tui.format import clean

_EXAMPLES = "text  tool:orders.*  is:error  >200ms"


class Completion(Suggester):
    """Shows how the last word could go on; tab and the right arrow take it."""

    def __init__(self, complete: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """Give the whole text as it could be."""
        return self._complete(value)


class FilterBar(Horizontal):
    """An input that tells each change; enter keeps the filter, escape drops it.

    Args:
        text: The filter so far.
        history: Earlier filters, newest last; the arrows up and down go through them.
        complete: Gives how a text could go on.
    """

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar > Input { width: 1fr; height: 1; border: none; padding: 0; background: transparent; }
    FilterBar > Input:focus { border: none; background-tint: transparent 0%; }
    FilterBar > #slash { width: 3; color: $primary; text-style: bold; }
    FilterBar > #wrong { width: auto; max-width: 60%; color: $text-error; padding: 0 1; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "drop", "drop the filter", show=False),
        Binding("up", "recall(-1)", "an earlier filter", show=False),
        Binding("down", "recall(1)", "a later filter", show=False),
        Binding("tab", "complete", "take what is suggested", show=False),
    ]

    class Changed(Message):
        """The filter reads otherwise now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Writing has ended."""

    def __init__(
        self,
        text: str,
        *,
        history: Sequence[str] = (),
        complete: Callable[[str], str | None] = lambda _: None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._history = [*(old for old in history if old != text), text]
        self._at = len(self._history) - 1
        suggester = Completion(complete)
        self.input = Input(
            clean(text), placeholder=_EXAMPLES, select_on_focus=False, suggester=suggester
        )

    def compose(self) -> ComposeResult:
        """Give the input and the place for what is wrong with it."""
        yield Static(" / ", id="slash", markup=False)
        yield self.input
        yield Static("", id="wrong", markup=False)

    def say(self, wrong: str) -> None:
        """Show what is wrong with the filter; the last good one stays in force."""
        self.query_one("#wrong", Static).update(wrong)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass on what is written."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self.post_message(self.Closed())

    def action_recall(self, by: int) -> None:
        """Take up an earlier filter, or a later one."""
        self._at = min(max(0, self._at + by), len(self._history) - 1)
        self.input.value = self._history[self._at]
        self.input.cursor_position = len(self.input.value)

    def action_complete(self) -> None:
        """Take what is suggested."""
        self.input.action_end()
        self.input.action_cursor_right()

    def action_drop(self) -> None:
        """Drop the filter."""
        self.post_message(self.Changed(""))
        self.post_message(self.Closed())
