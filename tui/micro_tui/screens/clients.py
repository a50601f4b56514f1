"""Who is connected, by which door and since when; who called; and how to connect another."""

from __future__ import annotations

from collections.abc import Sequence

from micro_tui.paint.blocks import Block, Text, plain, prose
from micro_tui.paint.boards import client_rows
from micro_tui.paint.services import Item
from micro_tui.screens.board import BoardView
from micro_tui.screens.menu import copy_one_of
from micro_tui.screens.view import ShowCalls
from micro_tui.snippets import connections
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class ClientsView(BoardView):
    """Clients."""

    BINDINGS = bindings("clients")  # pyright: ignore[reportAssignmentType]

    view_name = "clients"
    page_title = "Connect another"

    def rows(self, width: int) -> list[Item]:
        """Give a line a client."""
        desk = self.desk
        return client_rows(desk.state, width, now=desk.clock(), glyphs=desk.glyphs)

    def subject(self, key: str) -> object:
        """Give what the configurations are made from."""
        state = self.desk.state
        return state.name, state.project, state.addresses

    def about(self, key: str) -> Sequence[Block]:
        """Give every configuration."""
        page: list[Block] = []
        for each in connections(self.desk.state):
            page.append(prose("", each.label, style="dim"))
            page.append(Text("", each.text, colours=plain("key")))
        return page

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of the client."""
        kind, _, name = event.key.partition(":")
        if kind == "connection":
            name = self.desk.state.clients[name].client
        self.post_message(ShowCalls(f'client:"{name}"'))

    def action_copy(self) -> None:
        """Copy one of the configurations."""
        copy_one_of(self, "connect a client", connections(self.desk.state))
