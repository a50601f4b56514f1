"""The tools as clients see them: docs, scopes, input and output, examples."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from micro.snapshots import ToolView
from micro_tui.desk import Desk
from micro_tui.paint.status import heading
from micro_tui.paint.tools import offers_of, tool_page, tool_rows, tool_text
from micro_tui.parts import Parts, cut
from micro_tui.screens.view import Copy, Edit, ShowCalls, View
from micro_tui.state import Part, find_tool
from micro_tui.widgets.line import Line
from micro_tui.widgets.page import Page
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class ToolsView(View):
    """All tools, and one of them in full."""

    BINDINGS = bindings("tools")  # pyright: ignore[reportAssignmentType]
    AUTO_FOCUS = "PickList"

    view_name = "tools"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._shown: ToolView | None = None
        self.list = PickList(self._rows)
        self.page = Page()
        self._titles = (Line(self._list_heading), Line(self._page_heading))

    def body(self) -> Iterable[Widget]:
        """Give the list and the page."""
        left, right = self._titles
        side = Vertical(left, self.list, id="tool-side")
        yield Horizontal(side, Vertical(right, self.page, id="main"))

    def _rows(self, width: int) -> list[tuple[str, Parts]]:
        return tool_rows(self.desk.state, width)

    def _list_heading(self, width: int) -> Parts:
        focused = self.list.has_focus
        title: Parts = [("title", "Tools")]
        return heading(title, [], width=width, focused=focused, glyphs=self.desk.glyphs)

    def _page_heading(self, width: int) -> Parts:
        focused = self.page.has_focus
        name = self._shown.name if self._shown else ""
        title: Parts = [("title", cut(name, 60))]
        return heading(title, [], width=width, focused=focused, glyphs=self.desk.glyphs)

    def current(self) -> ToolView | None:
        """Give the tool, the resource or the prompt under the cursor."""
        for service in self.desk.state.services.values():
            for key, offer in offers_of(service):
                if key == self.list.chosen:
                    return offer
        return None

    def action_try(self) -> None:
        """Call the tool."""
        from micro_tui.screens.tryit import TryIt

        tool = find_tool(self.desk.state, self.list.chosen)
        if tool is not None:
            self.app.push_screen(TryIt(self.desk, tool))  # pyright: ignore[reportUnknownMemberType]

    def action_edit(self) -> None:
        """Open the tool in the editor."""
        tool = self.current()
        if tool is not None:
            self.post_message(Edit(tool.file, tool.line))

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed."""
        super().tick(dirty, slow=slow)
        if slow:
            self.list.update()
            self._show(self.current())
            for title in self._titles:
                title.update()

    def _show(self, tool: ToolView | None) -> None:
        if tool is self._shown:
            return
        again = tool is not None and self._shown is not None and tool.name == self._shown.name
        self._shown = tool
        desk = self.desk
        blocks = tool_page(tool, desk.state.stats.tool(tool.name)) if tool else ()
        self.page.show(blocks, keep_place=again)

    def on_pick_list_moved(self) -> None:
        """Show the tool under the cursor."""
        self._show(self.current())
        self._titles[1].update()

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of this tool."""
        self.post_message(ShowCalls(f"tool:{event.key.rpartition(':')[2]}"))

    def action_copy(self) -> None:
        """Copy the tool's schemas."""
        tool = self.current()
        if tool is not None:
            self.post_message(Copy(tool_text(tool)))
