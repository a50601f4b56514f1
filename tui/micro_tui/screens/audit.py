"""The record of every call, refused ones too: who asked, what it took, what they held, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.containers import Vertical
from textual.widget import Widget

from micro.control import RuntimeLost
from micro.errors import MicroError
from micro.stores.chain import Verdict
from micro_tui.desk import Desk
from micro_tui.paint.audit import AuditRow, audit_row, audit_text, chain_state, verdict_text
from micro_tui.parts import Parts
from micro_tui.query import AUDIT, compile_query
from micro_tui.ring import Ring
from micro_tui.screens.filtered import FilteredView
from micro_tui.screens.view import Complain, Copy, ShowTrace
from micro_tui.state import Part
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.ringlist import RingList

KEPT = 10_000

VERIFIED = 5_000
"""Records up to which the chain is followed without being asked."""

_EVERY = 4
"""Slow ticks between two looks at the records."""


class AuditView(FilteredView[AuditRow]):
    """Audit records, read while one looks."""

    BINDINGS = bindings("audit")  # pyright: ignore[reportAssignmentType]
    AUTO_FOCUS = "RingList"

    view_name = "audit"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._ring = Ring[AuditRow](KEPT)
        self._seen = 0
        self._looks = 0
        self._verdict: Verdict | None = None
        self._refusal = ""
        self.stream = RingList(self._ring, self._row, lasting=self._holds, id="stream")

    def body(self) -> Iterable[Widget]:
        """Give the stream."""
        yield Vertical(self.stream_title, self.stream, id="main")

    def _row(self, row: AuditRow, width: int) -> Parts:
        return audit_row(row, width, broken=not self._holds(row), glyphs=self.desk.glyphs)

    def _holds(self, row: AuditRow) -> bool:
        """Whether the chain is not known to break at this row."""
        return self._verdict is None or self._verdict.broken != row[0]

    def whether_live(self) -> Parts:
        """Say how far the chain is whole, and whether the list follows."""
        chain = chain_state(self._verdict, self._seen, glyphs=self.desk.glyphs)
        return [*chain, ("base", "   "), *super().whether_live()]

    def nothing(self) -> str:
        """Say why there is no record, where there is none."""
        return self._refusal or super().nothing() or "no record yet: each call makes one"

    def compile(self, text: str) -> Callable[[AuditRow], bool] | None:
        """Give a filter of records."""
        return compile_query(text, AUDIT)

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Read on, about once a second."""
        super().tick(dirty, slow=slow)
        if slow and self.is_current and not self._refusal:
            self._looks += 1
            if self._looks % _EVERY == 1:
                self.run_worker(self._read, group="read", exclusive=True)

    async def _read(self) -> None:
        try:
            rows = await self.desk.records.records(self._seen)
            first = not self._seen
            for row in rows:
                self._ring.append(row)
                self._seen = row[0]
            if first and 0 < self._seen <= VERIFIED:
                self._verdict = await self.desk.records.verify()
        except RuntimeLost:
            return
        except MicroError as error:
            self._refusal = f"{error.message}; {error.mend}" if error.mend else error.message
            self.stream.empty = self.nothing()
        self.stream.tick()
        self.stream_title.update()

    def on_screen_resume(self) -> None:
        """Ask again: what was missing may be there now."""
        self._refusal = ""

    def on_ring_list_opened(self) -> None:
        """Show the call, if it is still kept."""
        row = self.stream.current
        if row is not None:
            self.post_message(ShowTrace(row[1].trace_id, row[1].tool))

    def action_copy(self) -> None:
        """Copy the record as JSON."""
        row = self.stream.current
        if row is not None:
            self.post_message(Copy(audit_text(row)))

    def action_verify(self) -> None:
        """Follow the chain of records, and say whether it is whole."""
        self.run_worker(self._verify, group="verify", exclusive=True)

    async def _verify(self) -> None:
        try:
            verdict = self._verdict = await self.desk.records.verify()
        except MicroError as error:
            self.post_message(Complain(error))
            return
        whole, said = verdict_text(verdict)
        self._go_to_break()
        self.stream.refresh()
        self.stream_title.update()
        notify = partial(self.notify, said, title="Audit", markup=False)
        notify(severity="information" if whole else "error")

    def _go_to_break(self) -> None:
        """Put the cursor on the record at which the chain breaks, if that is kept."""
        broken = next((s for s in self.stream.view.seqs if not self._holds(self._ring[s])), None)
        if broken is not None:
            self.stream.go_to(broken)
