"""The keys, first those that work where one is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from micro_tui.keys import keys_of
from micro_tui.paint.blocks import Block, rows
from micro_tui.parts import SPACE, Parts, pad
from micro_tui.widgets.page import Page

_NAMES = {
    "list": "lists",
    "stream": "streams",
    "text": "pages",
    "pane": "pane",
    "calls": "calls",
    "tools": "tools",
    "logs": "logs",
    "services": "services",
    "clients": "clients",
    "limits": "limits",
    "audit": "audit",
    "problems": "problems",
    "tokens": "tokens",
    "app": "everywhere",
}


def help_page(places: Iterable[str]) -> list[Block]:
    """Give the keys of some places, then those of all others, then the signs."""
    here = list(dict.fromkeys(places))
    page = [_keys(where) for where in [*here, *(n for n in _NAMES if n not in here)]]
    signs: Parts = []
    for style, text in (
        ("ok", "● ok  "),
        ("error", "× error  "),
        ("refused", "■ refused  "),
        ("cancelled", "▲ cancelled  "),
        ("live", "○ running"),
    ):
        signs.append((style, text))
    return [*page, rows("signs", [signs])]


def _keys(where: str) -> Block:
    lines: list[Parts] = []
    for key in keys_of(where):
        if key.help:
            shown = key.shown or key.keys.replace(",", " ")
            lines.append([("key", pad(shown, 18)), SPACE, ("base", key.help)])
    return rows(_NAMES[where], lines)


class Help(ModalScreen[None]):
    """Shows the keys until any of its own keys closes it."""

    BINDINGS: ClassVar = [
        Binding("escape,question_mark,q,enter", "dismiss", "close", show=False),
    ]
    AUTO_FOCUS = "Page"

    def __init__(self, places: Iterable[str]) -> None:
        super().__init__()
        self._places = list(places)

    def compose(self) -> ComposeResult:
        """Give the page."""
        yield Page(id="help")

    def on_mount(self) -> None:
        """Fill the page."""
        self.query_one(Page).show(help_page(self._places))
