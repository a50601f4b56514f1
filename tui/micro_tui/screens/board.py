"""A view of a list with a page about the line under the cursor: services, clients, problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.containers import Vertical
from textual.widget import Widget

from micro_tui.desk import Desk
from micro_tui.paint.blocks import Block
from micro_tui.paint.services import Item
from micro_tui.paint.status import heading
from micro_tui.parts import Parts
from micro_tui.screens.view import View
from micro_tui.state import Part
from micro_tui.widgets.line import Line
from micro_tui.widgets.page import Page
from micro_tui.widgets.picklist import PickList

_LEAST_ROWS = 4


class BoardView(View):
    """Draws ``rows``, and ``about`` the row that is chosen, again whenever they change."""

    AUTO_FOCUS = "PickList"

    page_title: ClassVar[str] = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.list = PickList(self.rows, id="board-list")
        self.page = Page(id="board-page")
        self._shown: tuple[str, object] | None = None
        self._height = 0
        self._titles = (Line(self._list_heading), Line(self._page_heading))

    def body(self) -> Iterable[Widget]:
        """Give the list and the page."""
        first, second = self._titles
        yield Vertical(first, self.list, second, self.page)

    def rows(self, width: int) -> list[Item]:
        """Give the lines of the list."""
        raise NotImplementedError

    def subject(self, key: str) -> object:
        """Give what the page is made from: it is made again when that is another."""
        raise NotImplementedError

    def about(self, key: str) -> Sequence[Block]:
        """Give the page."""
        raise NotImplementedError

    def _list_heading(self, width: int) -> Parts:
        focused, glyphs = self.list.has_focus, self.desk.glyphs
        title: Parts = [("title", self.view_name.capitalize())]
        return heading(title, [], width=width, focused=focused, glyphs=glyphs)

    def _page_heading(self, width: int) -> Parts:
        focused, glyphs = self.page.has_focus, self.desk.glyphs
        title: Parts = [("title", self.page_title)]
        return heading(title, [], width=width, focused=focused, glyphs=glyphs)

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed."""
        super().tick(dirty, slow=slow)
        if slow:
            self.list.update()
            self._fit()
            for title in self._titles:
                title.update()
            self._show()

    def _fit(self) -> None:
        """Give the list as much room as it needs, and the rest to the page."""
        height = max(_LEAST_ROWS, self.list.row_count + 1)
        if height != self._height:
            self._height = height
            self.list.styles.height = height

    def _show(self) -> None:
        key = self.list.chosen
        shown = (key, self.subject(key))
        if shown != self._shown:
            again = self._shown is not None and self._shown[0] == key
            self._shown = shown
            self.page.show(self.about(key), keep_place=again)

    def on_pick_list_moved(self) -> None:
        """Show what is under the cursor."""
        self._show()
