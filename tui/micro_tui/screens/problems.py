"""What is wrong: services that do not load, all that the runtime found, and what lint says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import anyio

from micro.errors import MicroError
from micro.events import ProblemFound
from micro.snapshots import ServiceView
from micro_tui.desk import Desk
from micro_tui.findings import Finding, Lint, key_of
from micro_tui.format import clean
from micro_tui.paint.blocks import Block, prose, rows
from micro_tui.paint.boards import problem_rows
from micro_tui.paint.failure import failure_page, failure_text
from micro_tui.paint.services import Item
from micro_tui.parts import cut
from micro_tui.screens.board import BoardView
from micro_tui.screens.view import Complain, Copy, Edit
from micro_tui.state import Part
from micro_tui.widgets.painted import bindings

NOTHING = (
    "Code that does not load, whatever else goes wrong outside of calls, and what micro lint finds "
    "in names, descriptions and schemas comes here, with how to mend it."
)


class ProblemsView(BoardView):
    """Problems, each with its mend."""

    BINDINGS = bindings("problems")  # pyright: ignore[reportAssignmentType]

    view_name = "problems"
    page_title = "What happened, and how to mend it"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._looked_at: tuple[ServiceView, ...] | None = None
        self._findings: dict[str, Finding] = {}

    def rows(self, width: int) -> list[Item]:
        """Give a line a problem."""
        findings = list(self._findings.values())
        return problem_rows(self.desk.state, findings, width, glyphs=self.desk.glyphs)

    def tick(self, dirty: set[Part], *, slow: bool) -> None:
        """Show what changed, and look for more where the tools are others now."""
        services = tuple(self.desk.state.services.values())
        if self.desk.lent.lint is not None and slow and services != self._looked_at:
            self._looked_at = services
            look = partial(self._look, self.desk.lent.lint, services)
            self.run_worker(look, group="lint", exclusive=True)
        super().tick(dirty, slow=slow)

    async def _look(self, lint: Lint, services: Sequence[ServiceView]) -> None:
        try:
            found = await anyio.to_thread.run_sync(lint, services, self.desk.state.name)
        except MicroError as error:
            self.post_message(Complain(error))
            return
        self._findings = {key_of(finding): finding for finding in found}
        self.list.update()

    def subject(self, key: str) -> object:
        """Give the problem, the service that does not load, or the finding."""
        kind, _, name = key.partition(":")
        state = self.desk.state
        if kind == "service":
            return state.services.get(name)
        if kind == "finding":
            return self._findings.get(name)
        if kind == "problem" and int(name) < len(state.problems):
            return state.problems[int(name)]
        return None

    def about(self, key: str) -> Sequence[Block]:
        """Give the whole of it."""
        subject = self.subject(key)
        if isinstance(subject, ServiceView):
            return failure_page(subject)
        if isinstance(subject, ProblemFound):
            mend = [prose("mend", subject.mend)] if subject.mend else []
            return [prose("problem", subject.message, style="warn"), *mend]
        finding = self._finding(key)
        if finding is not None:
            place = f"{finding.file}:{finding.line}" if finding.line else finding.file
            where = [rows("where", [[("key", cut(place, 200))]])] if place else []
            found = prose(finding.severity, f"{finding.message} [{finding.rule}]", style="warn")
            return [*where, found, prose("mend", finding.mend)]
        return [prose("", NOTHING)]

    def _finding(self, key: str) -> Finding | None:
        kind, _, name = key.partition(":")
        return self._findings.get(name) if kind == "finding" else None

    def on_pick_list_opened(self) -> None:
        """Read the whole of it."""
        self.page.focus()

    def action_edit(self) -> None:
        """Open the line that does not load."""
        subject = self.subject(self.list.chosen)
        if isinstance(subject, ServiceView) and subject.error is not None:
            self.post_message(Edit(subject.error.file, subject.error.line))
        elif (finding := self._finding(self.list.chosen)) is not None:
            self.post_message(Edit(finding.file, finding.line or None))

    def action_copy(self) -> None:
        """Copy it."""
        subject = self.subject(self.list.chosen)
        if isinstance(subject, ServiceView):
            self.post_message(Copy(failure_text(subject)))
        elif isinstance(subject, ProblemFound):
            self.post_message(Copy(clean(f"{subject.message} {subject.mend or ''}".strip())))
        elif (finding := self._finding(self.list.chosen)) is not None:
            said = f"{finding.tool}: {finding.message}; {finding.mend}"
            self.post_message(Copy(clean(said)))
