"""From parts to strips: what all widgets here draw with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.binding import Binding
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from micro_tui.format import clean
from micro_tui.keys import keys_of
from micro_tui.look import PLAIN, STYLES
from micro_tui.parts import Part

LOOK_CLASSES = frozenset(f"look--{name}" for name in STYLES)
"""The component classes of the app: of each widget they would be matched with every rule again."""


def bindings(*places: str) -> list[Binding]:
    """Give Textual's bindings for some places of the key table."""
    return [
        Binding(key.keys, key.action, key.help, show=False, priority=key.first)
        for where in places
        for key in keys_of(where)
    ]


def _behind(style: Style) -> Style:
    """Give what a style does to text that has its own colours."""
    return Style(bgcolor=style.bgcolor, reverse=style.reverse, underline=style.underline)


class Painted(Widget):
    """A widget with the styles of ``look.STYLES``, looked up once per theme.

    Its app has ``LOOK_CLASSES``; under one of class ``-plain`` the dashboard's own signs are drawn
    in ASCII.
    """

    _look: dict[str, Style] | None = None
    _plain = False

    def notify_style_update(self) -> None:
        """Forget the styles; they may not exist yet, so they are looked up when needed."""
        super().notify_style_update()
        self._look = None

    @property
    def look(self) -> dict[str, Style]:
        """The styles by name."""
        if self._look is None:
            app = cast("App[object]", self.app)  # pyright: ignore[reportUnknownMemberType]
            self._plain = app.has_class("-plain")
            below, styles = self.rich_style, app.get_component_styles
            self._look = {
                name: below + styles(f"look--{name}").partial_rich_style for name in STYLES
            }
        return self._look

    def strip(self, parts: Iterable[Part], width: int, *, under: str = "") -> Strip:
        """Draw parts as exactly ``width`` cells; ``under`` names a style for the background."""
        look = self.look
        back = _behind(look[under]) if under else None
        reverse = back is not None and back.reverse
        segments: list[Segment] = []
        for style, text in parts:
            # Painters clean what they are given; this holds where one forgot.
            safe = text if text.isprintable() else clean(text)
            shown = safe.translate(PLAIN) if self._plain else safe
            # Reversed, the colours of the text would be blots in the cursor's row.
            segments.append(Segment(shown, look["base" if reverse else style] + back))
        return Strip(segments).adjust_cell_length(width, look["base"] + back)

    def blank(self, width: int) -> Strip:
        """Draw nothing."""
        return Strip.blank(width, self.look["base"])


class PaintedScroll(ScrollView, Painted):  # pyright: ignore[reportIncompatibleMethodOverride]
    """The same for a widget that scrolls."""

    @property
    def columns(self) -> int:
        """The width to draw in, without the scrollbar, which is always there."""
        return max(0, self.size.width - self.scrollbar_size_vertical)
