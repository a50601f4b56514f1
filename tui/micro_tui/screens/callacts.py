"""What one can do with a call: make it again, compare, change, copy it, open its code."""

from __future__ import annotations

import anyio

from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView, ToolView
from micro_tui.copies import copies_of
from micro_tui.differences import differences
from micro_tui.format import clean, plural
from micro_tui.orders import answer_of, call_again, detail_of, earlier_call
from micro_tui.paint.difference import difference_page, difference_text, difference_title
from micro_tui.parts import cut
from micro_tui.screens.menu import copy_one_of
from micro_tui.screens.opened import OpenedView
from micro_tui.screens.view import Complain, Copy, Edit
from micro_tui.snippets import connections
from micro_tui.state import find_tool
from micro_tui.widgets.pane import Sheet

_PATIENCE = 0.5
"""Seconds that a key waits for what it acts upon."""


class CallActs(OpenedView):
    """The acts on the call that is open, else on the one under the cursor."""

    _before: tuple[str, str, str] | None = None
    """The trace of the call made again last, its answer then, and its answer now."""

    def call_at_hand(self) -> CallView | None:
        """Give the call that keys are about."""
        row = self.pane.call or self.stream.current
        return row if isinstance(row, CallView) and self.pane.service is None else None

    async def _detail_at_hand(self) -> CallDetail | None:
        view = self.call_at_hand()
        if view is None:
            return None
        if self.pane.detail is not None and self.pane.detail.view.trace_id == view.trace_id:
            return self.pane.detail
        with anyio.move_on_after(_PATIENCE):
            return await detail_of(self.desk.feed, view)
        return None

    def action_replay(self) -> None:
        """Call again."""
        view = self.call_at_hand()
        if view is not None:
            self.run_worker(self._replay(view), group="replay")

    async def _replay(self, view: CallView) -> None:
        try:
            before, called = await call_again(self.desk.feed, view)
        except MicroError as error:
            self.post_message(Complain(error))
            return
        after = called.structured or called.text
        self._before = (view.trace_id, before, after)
        count = len(differences(before, after))
        says = f"{plural(count, 'difference')}; d shows what" if count else "the same answer"
        title = f"{clean(view.tool)} {'failed' if called.is_error else 'answered'} again"
        self.notify(f"{says}\n{cut(called.text, 200)}", title=title, markup=False)

    async def action_difference(self) -> None:
        """Show what an answer has different: the replay's, else that of the call before it."""
        view = self.call_at_hand()
        if view is None:
            return
        if self._before is not None and self._before[0] == view.trace_id:
            self._compare(*self._before[1:], what="replay of", view=view)
            return
        earlier = earlier_call(self.desk.state, view)
        with anyio.move_on_after(_PATIENCE):
            new = await detail_of(self.desk.feed, view)
            old = await detail_of(self.desk.feed, earlier) if earlier else None
            if new is not None and old is not None:
                self._compare(answer_of(old), answer_of(new), what="since the last", view=view)
                return
        self.notify("there is no other answer to compare with", markup=False)

    def _compare(self, before: str, after: str, *, what: str, view: CallView) -> None:
        found = differences(before, after)
        self.open_sheet(
            Sheet(
                title=difference_title(found, f"{what} {view.tool}"),
                blocks=difference_page(found, before=before, after=after),
                text=difference_text(found),
            )
        )

    async def action_try(self) -> None:
        """Call the tool with other arguments, from those of this call."""
        from micro_tui.screens.tryit import TryIt

        view = self.call_at_hand()
        tool = self._tool_at_hand()
        if tool is not None:
            detail = await self._detail_at_hand()
            arguments = detail.arguments if detail is not None else ""
            client = view.subject if view is not None else ""
            self.app.push_screen(  # pyright: ignore[reportUnknownMemberType]
                TryIt(self.desk, tool, arguments=arguments, subject=client)
            )

    def _tool_at_hand(self) -> ToolView | None:
        view = self.call_at_hand()
        return find_tool(self.desk.state, view.tool) if view is not None else None

    def action_edit(self) -> None:
        """Open the failing line, or the tool, in the editor."""
        service, tool = self.pane.service, self._tool_at_hand()
        if service is not None:
            error = service.error
            line = error.line if error is not None else None
            self.post_message(Edit(error.file if error is not None else service.file, line))
        elif tool is not None:
            self.post_message(Edit(tool.file, tool.line))

    async def action_copy(self) -> None:
        """Copy what is at hand; of a call, ask what of it."""
        text = self.pane.copy_text()
        detail = None if text else await self._detail_at_hand()
        if text:
            self.post_message(Copy(text))
        elif detail is not None:
            copy_one_of(self, "copy", copies_of(detail, self.desk.state))
        elif view := self.call_at_hand():
            self.post_message(Copy(clean(view.arguments)))
        else:
            copy_one_of(self, "connect a client", connections(self.desk.state))
