"""Rate limits that calls have drawn on, as gauges, and the breakers that rest a tool."""

from __future__ import annotations

from collections.abc import Sequence

from micro_tui.paint.blocks import Block, prose
from micro_tui.paint.boards import limit_rows
from micro_tui.paint.services import Item
from micro_tui.screens.board import BoardView
from micro_tui.screens.view import ShowCalls
from micro_tui.widgets.painted import bindings
from micro_tui.widgets.picklist import PickList


def _filter_for(key: str) -> str:
    """Give the filter of the calls that a limit is about."""
    kind, _, name = key.partition(":")
    if kind == "breaker":
        return f"tool:{name}"
    what, _, which = name.partition(" ")
    return f"{what}:{which}" if what in ("tool", "subject") else ""


class LimitsView(BoardView):
    """Limits; asked for anew each second while they are looked at."""

    BINDINGS = bindings("limits")  # pyright: ignore[reportAssignmentType]

    view_name = "limits"
    page_title = "What this is"

    def rows(self, width: int) -> list[Item]:
        """Give a line a limit."""
        return limit_rows(self.desk.state, width, glyphs=self.desk.glyphs)

    def subject(self, key: str) -> object:
        """Give the line itself."""
        return None

    def about(self, key: str) -> Sequence[Block]:
        """Explain what the line shows."""
        kind, _, name = key.partition(":")
        match kind:
            case "breaker":
                text = (
                    f"{name} failed so often in a row that it is left alone for a while: calls of "
                    "it are refused without running it. When it is tried again, one good answer "
                    "closes the breaker."
                )
            case "bucket":
                text = (
                    "What is drawn is what calls have used up. It fills again by itself, at the "
                    "rate at the right; at zero left, calls are refused and told when to come back."
                )
            case "host":
                text = (
                    "It is one of those that share the calls (--workers): a call goes to the one "
                    "with the fewest. What was saved is loaded by one of them first; the others "
                    "get no calls of a service until they have loaded the same."
                )
            case _:
                text = (
                    "Limits are declared on tools, as in @orders.tool(rate_limit="
                    '"10/s burst 20"), or in [tool.micro]. Here is what calls have drawn on.'
                )
        return [prose("", text)]

    def action_open(self) -> None:
        """Show the calls of the tool that is limited."""
        self.list.action_open()

    def on_pick_list_opened(self, event: PickList.Opened) -> None:
        """Show the calls of the tool that is limited."""
        self.post_message(ShowCalls(_filter_for(event.key)))
