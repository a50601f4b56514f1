"""What one can do with a call: make it again, compare, change, copy it, open its code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio

from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView, ToolView
from micro_tui.answers import answer_of
from micro_tui.copies import copies_of
from micro_tui.differences import differences
from micro_tui.format import clean, plural
from micro_tui.orders import call_again, detail_of, earlier_call, scopes_of
from micro_tui.paint.difference import difference_page, difference_text, difference_title
from micro_tui.parts import cut
from micro_tui.screens.menu import copy_one_of
from micro_tui.screens.scrubbed import ScrubbedView
from micro_tui.screens.view import Complain, Copy, Edit, ShowRecord
from micro_tui.state import find_tool
from micro_tui.widgets.pane import Sheet

_PATIENCE = 0.5
"""Seconds that a key waits for what it acts upon."""


class CallActs(ScrubbedView):
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
            self.run_worker(partial(self._replay, view), group="replay")

    async def _replay(self, view: CallView) -> None:
        try:
            before, called = await call_again(self.desk.feed, view)
        except MicroError as error:
            self.post_message(Complain(error))
            return
        after = called.structured or called.text
        self._before = (view.trace_id, before, after)
        count = len(await anyio.to_thread.run_sync(differences, before, after))
        says = f"{plural(count, 'difference')}; d shows what" if count else "the same answer"
        title = f"{clean(view.tool)} {'failed' if called.is_error else 'answered'} again"
        self.notify(f"{says}\n{cut(called.text, 200)}", title=title, markup=False)

    async def action_difference(self) -> None:
        """Show what an answer has different: the replay's, else that of the call before it."""
        view = self.call_at_hand()
        if view is None:
            return
        if self._before is not None and self._before[0] == view.trace_id:
            await self._compare(*self._before[1:], what="replay of", view=view)
            return
        earlier = earlier_call(self.desk.state, view)
        new = old = None
        with anyio.move_on_after(_PATIENCE):
            new = await detail_of(self.desk.feed, view)
            old = await detail_of(self.desk.feed, earlier) if earlier else None
        if new is None or old is None:
            self.notify("there is no other answer to compare with", markup=False)
            return
        before, after = answer_of(old), answer_of(new)
        await self._compare(before, after, what="since the last", view=view)

    async def _compare(self, before: str, after: str, *, what: str, view: CallView) -> None:
        found = await anyio.to_thread.run_sync(differences, before, after)
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
            form = TryIt(
                self.desk,
                tool,
                arguments=arguments,
                subject=view.subject if view is not None else "",
                scopes=scopes_of(detail) if detail is not None else ("*",),
            )
            self.app.push_screen(form)  # pyright: ignore[reportUnknownMemberType]

    def _tool_at_hand(self) -> ToolView | None:
        view = self.call_at_hand()
        return find_tool(self.desk.state, view.tool) if view is not None else None

    def action_edit(self) -> None:
        """Open the failing line, or the tool, in the editor."""
        service, tool = self.pane.service, self._tool_at_hand()
        source = self.pane.background.source if self.pane.call is not None else None
        if source is not None:
            self.post_message(Edit(source.place.file, source.place.line))
        elif service is not None:
            error = service.error
            line = error.line if error is not None else None
            self.post_message(Edit(error.file if error is not None else service.file, line))
        elif tool is not None:
            self.post_message(Edit(tool.file, tool.line))

    def number_at_hand(self) -> int:
        """Give the number of the call that one has chosen; 0 if the cursor only follows."""
        view = self.call_at_hand()
        chosen = self.pane.call is not None or not self.stream.follow
        return view.call if view is not None and chosen else 0

    def action_record(self) -> None:
        """Show what the audit log has of the call."""
        view = self.call_at_hand()
        if view is not None:
            self.post_message(ShowRecord(view.trace_id))

    async def action_save(self) -> None:
        """Keep the call as a test case."""
        detail = await self._detail_at_hand()
        if detail is not None and self.desk.lent.save_case is not None:
            self.run_worker(partial(self._save, detail, self.desk.lent.save_case), group="save")

    async def _save(self, detail: CallDetail, save: Callable[[CallDetail], Path]) -> None:
        try:
            path = await anyio.to_thread.run_sync(save, detail)
        except MicroError as error:
            self.post_message(Complain(error))
        except OSError as error:
            self.notify(clean(str(error)), title="not saved", severity="error", markup=False)
        else:
            project = Path(self.desk.state.project)
            near = path.relative_to(project) if path.is_relative_to(project) else path
            self.notify(clean(str(near)), title="Saved as a test case", markup=False)

    async def action_copy(self) -> None:
        """Copy what is at hand; of a call, ask what of it."""
        text = self.pane.copy_text()
        detail = None if text else await self._detail_at_hand()
        if text:
            self.post_message(Copy(text))
        elif detail is not None:
            here = self.pane.page.value_at_hand() if self.opened else ""
            make = partial(copies_of, detail, self.desk, here=here)
            copy_one_of(self, "copy", await anyio.to_thread.run_sync(make))
        elif view := self.call_at_hand():
            self.post_message(Copy(clean(view.arguments)))
        else:
            copy_one_of(self, "connect a client", self.desk.connections())
