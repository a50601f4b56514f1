"""What is wrong: services that do not load, and all that the runtime found."""

from __future__ import annotations

from collections.abc import Sequence

from micro.events import ProblemFound
from micro.snapshots import ServiceView
from micro_tui.format import clean
from micro_tui.paint.blocks import Block, prose
from micro_tui.paint.boards import problem_rows
from micro_tui.paint.failure import failure_page, failure_text
from micro_tui.paint.services import Item
from micro_tui.screens.board import BoardView
from micro_tui.screens.view import Copy, Edit
from micro_tui.widgets.painted import bindings


class ProblemsView(BoardView):
    """Problems, each with its mend."""

    BINDINGS = bindings("problems")  # pyright: ignore[reportAssignmentType]

    view_name = "problems"
    page_title = "What happened, and how to mend it"

    def rows(self, width: int) -> list[Item]:
        """Give a line a problem."""
        return problem_rows(self.desk.state, width, glyphs=self.desk.glyphs)

    def subject(self, key: str) -> object:
        """Give the problem, or the service that does not load."""
        kind, _, name = key.partition(":")
        state = self.desk.state
        if kind == "service":
            return state.services.get(name)
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
        return ()

    def on_pick_list_opened(self) -> None:
        """Read the whole of it."""
        self.page.focus()

    def action_edit(self) -> None:
        """Open the line that does not load."""
        subject = self.subject(self.list.chosen)
        if isinstance(subject, ServiceView) and subject.error is not None:
            self.post_message(Edit(subject.error.file, subject.error.line))

    def action_copy(self) -> None:
        """Copy it."""
        subject = self.subject(self.list.chosen)
        if isinstance(subject, ServiceView):
            self.post_message(Copy(failure_text(subject)))
        elif isinstance(subject, ProblemFound):
            self.post_message(Copy(clean(f"{subject.message} {subject.mend or ''}".strip())))
