"""A few things to choose from, each by one key: what to copy, what to export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from micro_tui.parts import SPACE, Parts, pad
from micro_tui.screens.view import Copy, View
from micro_tui.snippets import Snippet
from micro_tui.widgets.line import Line
from micro_tui.widgets.picklist import PickList

Choice = tuple[str, str]
"""(key, label)."""


class Menu(ModalScreen[str]):
    """Gives the key that was chosen; empty if none was."""

    BINDINGS: ClassVar = [Binding("escape,q", "dismiss('')", "close", show=False)]
    AUTO_FOCUS = "PickList"

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self.list = PickList(self._rows)
        self._heading = Line(lambda _: [SPACE, ("title", self._title)])

    def compose(self) -> ComposeResult:
        """Give the heading and the list."""
        with Vertical(id="menu"):
            yield self._heading
            yield self.list

    def on_mount(self) -> None:
        """Be as high as the list is long."""
        self.query_one("#menu").styles.height = len(self._choices) + 3

    def _rows(self, width: int) -> list[tuple[str, Parts]]:
        return [
            (key, [SPACE, SPACE, ("key", key), SPACE, SPACE, ("base", pad(label, width - 4))])
            for key, label in self._choices
        ]

    def on_key(self, event: events.Key) -> None:
        """Choose what has this key."""
        if event.character in [key for key, _ in self._choices]:
            event.stop()
            event.prevent_default()
            self.dismiss(event.character or "")

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Choose the line under the cursor."""
        event.stop()
        self.dismiss(event.key)


def copy_one_of(view: View, title: str, snippets: Sequence[Snippet]) -> None:
    """Copy the only text there is, or the one that is chosen."""
    texts = {snippet.key: snippet.text for snippet in snippets}

    def chosen(key: str | None) -> None:
        if key:
            view.post_message(Copy(texts[key]))

    if len(snippets) == 1:
        chosen(snippets[0].key)
    elif snippets:
        menu = Menu(title, [(each.key, each.label) for each in snippets])
        view.app.push_screen(menu, chosen)  # pyright: ignore[reportUnknownMemberType]
