"""Who is connected, by which door and since when; who called; and how to connect another."""

from __future__ import annotations

from collections.abc import Sequence

from micro_tui.paint.blocks import Block, Text, plain, prose
from micro_tui.paint.clients import Known, client_page, client_rows, known_clients
from micro_tui.paint.services import Item
from micro_tui.screens.board import BoardView
from micro_tui.screens.menu import copy_one_of
from micro_tui.screens.view import ShowCalls
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


class ClientsView(BoardView):
    """Clients."""

    BINDINGS = bindings("clients")  # pyright: ignore[reportAssignmentType]

    view_name = "clients"
    page_title = "Who this is, and how to connect another"

    def rows(self, width: int) -> list[Item]:
        """Give a line a client."""
        desk = self.desk
        clients = known_clients(desk.state)
        return client_rows(desk.state, clients, width, now=desk.clock(), glyphs=desk.glyphs)

    def _known(self, key: str) -> Known | None:
        return next((known for known in known_clients(self.desk.state) if known.key == key), None)

    def subject(self, key: str) -> object:
        """Give the client, and what the configurations are made from."""
        state = self.desk.state
        return self._known(key), state.tool_count, state.name, state.project, state.addresses

    def about(self, key: str) -> Sequence[Block]:
        """Give what is known of the client, and every configuration to connect another."""
        known, page = self._known(key), list[Block]()
        if known is not None:
            page += client_page(known, self.desk.state)
        for each in self.desk.connections():
            page.append(prose("", each.label, style="dim"))
            page.append(Text("", each.text, colours=plain("key")))
        return page

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of the client."""
        known = self._known(event.key)
        if known is not None:
            self.post_message(ShowCalls(f'client:"{known.client}"'))

    def action_copy(self) -> None:
        """Copy one of the configurations."""
        copy_one_of(self, "connect a client", self.desk.connections())
