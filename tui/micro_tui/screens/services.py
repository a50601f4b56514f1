"""Every service with its figures; below, what is served of one, or why it does not load."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import ServiceView
from micro_tui.format import clean_lines
from micro_tui.paint.blocks import Block
from micro_tui.paint.boards import service_rows
from micro_tui.paint.failure import failure_text
from micro_tui.paint.servicepage import service_page
from micro_tui.paint.services import Item
from micro_tui.screens.board import BoardView
from micro_tui.screens.view import Copy, Edit, Reload, ShowCalls
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class ServicesView(BoardView):
    """Services, how they do, and what their last reload changed."""

    BINDINGS = bindings("services")  # pyright: ignore[reportAssignmentType]

    view_name = "services"
    page_title = "Service"

    def rows(self, width: int) -> list[Item]:
        """Give a line a service."""
        desk = self.desk
        return service_rows(desk.state, width, now=desk.clock(), glyphs=desk.glyphs)

    def subject(self, key: str) -> object:
        """Give the service, and how often it was called."""
        state = self.desk.state
        return state.services.get(key), state.stats.service(key).calls

    def about(self, key: str) -> Sequence[Block]:
        """Give the service's page."""
        desk, service = self.desk, self.desk.state.services.get(key)
        if service is None:
            return ()
        return service_page(service, desk.state.stats, now=desk.clock(), glyphs=desk.glyphs)

    def _current(self) -> ServiceView | None:
        return self.desk.state.services.get(self.list.chosen)

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of the service."""
        self.post_message(ShowCalls(f"service:{event.key}"))

    def action_again(self) -> None:
        """Load the service again."""
        self.post_message(Reload(self.list.chosen))

    def action_edit(self) -> None:
        """Open the failing line, or the service's file."""
        service = self._current()
        if service is not None:
            error = service.error
            self.post_message(
                Edit(error.file, error.line) if error is not None else Edit(service.file, None)
            )

    def action_copy(self) -> None:
        """Copy the failure, or what the last reload changed."""
        service = self._current()
        if service is not None:
            changes = "\n".join(clean_lines("\n".join(service.changes)))
            self.post_message(Copy(failure_text(service) or changes or service.name))
