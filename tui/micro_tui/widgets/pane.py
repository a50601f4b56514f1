"""The pane under the calls: one call opened, a service, or a sheet of something else to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import anyio
from textual.app import ComposeResult
from textual.containers import Vertical

from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView, ServiceView
from micro_tui.background import Background, find_background
from micro_tui.desk import Desk
from micro_tui.paint.blocks import Block
from micro_tui.paint.call import call_page, call_title, lost_page
from micro_tui.paint.failure import failure_text, failure_title, page_of_service
from micro_tui.paint.status import heading
from micro_tui.parts import Parts, cut
from micro_tui.widgets.line import Line
from micro_tui.widgets.page import Page

_LARGE = 100_000
"""Characters from which a page takes long to lay out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page of its own: a reload, or what two answers have different. ``text`` is to copy."""

    title: Parts
    blocks: Sequence[Block]
    text: str = ""


class Pane(Vertical):
    """Shows one subject at a time. It fetches a call's details itself."""

    def __init__(self, desk: Desk, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._desk = desk
        self.seq = -1
        self.call: CallView | None = None
        self.service: ServiceView | None = None
        self.detail: CallDetail | None = None
        self.sheet: Sheet | None = None
        self.background = Background()

        self.page = Page(id="pane-page")
        self._title = Line(self._heading, id="pane-title")

    def compose(self) -> ComposeResult:
        """Give the heading and the page."""
        yield self._title
        yield self.page

    @property
    def filled(self) -> bool:
        """Whether there is a subject."""
        return self.call is not None or self.service is not None or self.sheet is not None

    def _heading(self, width: int) -> Parts:
        glyphs = self._desk.glyphs
        title: Parts = []
        if self.sheet is not None:
            title = self.sheet.title
        elif self.call is not None:
            title = call_title(self.call, self._desk.clock(), glyphs=glyphs)
        elif self.service is not None:
            title = self._service_title(self.service)
        right: Parts = [("dim", "esc closes")]
        return heading(title, right, width=width, focused=self.page.has_focus, glyphs=glyphs)

    def _service_title(self, service: ServiceView) -> Parts:
        if service.error is not None:
            return failure_title(service, self._desk.glyphs)
        return [("ok", f"{self._desk.glyphs.ok} "), ("title", cut(service.name, 40))]

    def show_service(self, service: ServiceView) -> None:
        """Show a service, or why it does not load."""
        self.call = self.detail = self.sheet = None
        self.seq = -1
        self.service = service
        self.page.show(page_of_service(service))
        self.update()

    def show_call(self, seq: int, view: CallView) -> None:
        """Show a call, and its details as soon as they come."""
        again = self.call is not None and self.call.trace_id == view.trace_id
        again = again and self.sheet is None
        self.seq, self.call, self.service, self.sheet = seq, view, None, None
        if not again:
            self.detail = None
        self.run_worker(partial(self._fetch, view, again=again), group="detail", exclusive=True)
        self.update()

    def show_sheet(self, sheet: Sheet) -> None:
        """Show a page of its own; the call that it is about stays at hand."""
        self.service, self.sheet = None, sheet
        self.page.show(sheet.blocks)
        self.update()

    async def _fetch(self, view: CallView, *, again: bool) -> None:
        try:
            detail = await self._desk.feed.detail(view.call)
        except MicroError:
            detail = None
        if detail is not None and detail.view.trace_id != view.trace_id:
            detail = None
        if self.call is not view or (again and detail == self.detail):
            return
        self.detail = detail
        blocks = await self._blocks(view, detail)
        if self.call is view and self.sheet is None:  # what was asked for later stays
            self.page.show(blocks, keep_place=again)

    async def _blocks(self, view: CallView, detail: CallDetail | None) -> Sequence[Block]:
        """Make the page; what is large is laid out beside the screen, which goes on meanwhile."""
        glyphs = self._desk.glyphs
        self.background = Background()
        if detail is None:
            return lost_page(view, glyphs)
        self.background = background = await find_background(self._desk, detail)
        if len(detail.arguments) + len(detail.result) < _LARGE:
            return call_page(detail, background, glyphs)
        return await anyio.to_thread.run_sync(call_page, detail, background, glyphs)

    def clear(self) -> None:
        """Show nothing."""
        self.call = self.service = self.detail = self.sheet = None
        self.seq = -1
        self.page.show(())

    def refresh_subject(self) -> None:
        """Take up what became of the subject: a call that ended, a service that loads."""
        stream, state = self._desk.state.stream, self._desk.state
        if self.sheet is not None:
            return
        if self.call is not None and stream.first <= self.seq < stream.end:
            row = stream[self.seq]
            if isinstance(row, CallView) and row is not self.call:
                self.show_call(self.seq, row)
        elif self.service is not None:
            service = state.services.get(self.service.name)
            if service is not None and service != self.service:
                self.show_service(service)

    def update(self) -> None:
        """Draw the heading again where it changed, and what came of a call that runs."""
        self._title.update()
        running = self.call is not None and self.call.outcome is None
        if self.call is not None and running and self.sheet is None and self.detail is not None:
            again = partial(self._fetch, self.call, again=True)
            self.run_worker(again, group="detail", exclusive=True)

    def copy_text(self) -> str:
        """Give the subject as text; empty if it is a call or there is none."""
        if self.sheet is not None:
            return self.sheet.text
        return failure_text(self.service) if self.service is not None else ""
