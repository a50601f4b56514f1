"""What the list of tools costs each request: by tool, and by the kind of client that sends it."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import ServiceView
from micro_tui.costs import Costs, costs_of
from micro_tui.desk import Desk
from micro_tui.paint.blocks import Block
from micro_tui.paint.services import Item
from micro_tui.paint.tokens import token_page, token_rows
from micro_tui.screens.board import BoardView
from micro_tui.screens.view import ShowCalls
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class TokensView(BoardView):
    """Tokens. They are counted again only when the tools are others."""

    BINDINGS = bindings("tokens")  # pyright: ignore[reportAssignmentType]

    view_name = "tokens"
    page_title = "Who pays it, and what it is made of"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._counted: tuple[ServiceView, ...] | None = None
        self._costs = Costs()

    def _count(self) -> Costs:
        services = tuple(self.desk.state.services.values())
        if services != self._counted:
            self._counted, self._costs = services, costs_of(self.desk.state)
        return self._costs

    def rows(self, width: int) -> list[Item]:
        """Give a line a client and one a tool."""
        return token_rows(self.desk.state, self._count(), width, glyphs=self.desk.glyphs)

    def subject(self, key: str) -> object:
        """Give what the page is made from."""
        return self._counted

    def about(self, key: str) -> Sequence[Block]:
        """Give the page of a client or of a tool."""
        return token_page(key, self._count(), glyphs=self.desk.glyphs)

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of the tool."""
        kind, _, name = event.key.partition(":")
        if kind == "tool":
            self.post_message(ShowCalls(f"tool:{name}"))
