"""The one table of keys: bindings, footer, help and palette are made from it.

``where`` is the name of what must have the keys: a kind of widget, a screen, or ``app``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One thing that keys do.

    Attributes:
        keys: Textual's names, separated by commas; the first is the one that is shown.
        action: What Textual runs in the place named by ``where``.
        label: A word for the footer; empty keeps it out.
        help: A sentence for the help screen.
        shown: How the keys are written for people, if not as the first one.
    """

    where: str
    keys: str
    action: str
    label: str
    help: str
    shown: str = ""

    @property
    def title(self) -> str:
        """The keys as people write them."""
        return self.shown or self.keys.partition(",")[0]


TABLE: tuple[Key, ...] = (
    Key(where="list", keys="enter", action="open", label="Open", help="open"),
    Key(where="list", keys="down,j", action="move(1)", label="", help="next row", shown="j ↓"),
    Key(where="list", keys="up,k", action="move(-1)", label="", help="previous row", shown="k ↑"),
    Key(where="list", keys="pagedown,ctrl+d", action="page(1)", label="", help="a page on"),
    Key(where="list", keys="pageup,ctrl+u", action="page(-1)", label="", help="a page back"),
    Key(where="list", keys="g,home", action="head", label="", help="the first row"),
    Key(where="list", keys="G,end", action="tail", label="", help="the last row"),
    Key(
        where="stream", keys="f", action="follow", label="Follow", help="follow what comes, or stop"
    ),
    Key(
        where="stream",
        keys="space",
        action="pause",
        label="Pause",
        help="freeze the view; nothing is lost",
    ),
    Key(where="text", keys="down,j", action="scroll_down", label="", help="scroll", shown="j k"),
    Key(where="text", keys="up,k", action="scroll_up", label="", help=""),
    Key(where="text", keys="pagedown,ctrl+d", action="page_down", label="", help="a page on"),
    Key(where="text", keys="pageup,ctrl+u", action="page_up", label="", help="a page back"),
    Key(where="text", keys="g,home", action="scroll_home", label="", help="the beginning"),
    Key(where="text", keys="G,end", action="scroll_end", label="", help="the end"),
    Key(where="pane", keys="n", action="walk(1)", label="Next", help="the next call"),
    Key(where="pane", keys="p", action="walk(-1)", label="Prev", help="the previous call"),
    Key(
        where="calls",
        keys="escape",
        action="back",
        label="Back",
        help="close the pane, else clear the filter",
        shown="esc",
    ),
    Key(
        where="calls",
        keys="slash",
        action="filter",
        label="Filter",
        help="filter: text, tool:x, is:error, ms>100",
        shown="/",
    ),
    Key(
        where="calls",
        keys="r",
        action="replay",
        label="Replay",
        help="call again with the same arguments",
    ),
    Key(
        where="calls",
        keys="y",
        action="copy",
        label="Copy",
        help="copy the call, the error or the command on screen",
    ),
    Key(
        where="calls",
        keys="left_square_bracket",
        action="failed(-1)",
        label="",
        help="the previous call that is not ok",
        shown="[",
    ),
    Key(
        where="calls",
        keys="right_square_bracket",
        action="failed(1)",
        label="",
        help="the next call that is not ok",
        shown="]",
    ),
    Key(where="tools", keys="y", action="copy", label="Copy", help="copy the tool's schemas"),
    Key(
        where="logs",
        keys="escape",
        action="back",
        label="Back",
        help="clear the filter",
        shown="esc",
    ),
    Key(
        where="logs",
        keys="slash",
        action="filter",
        label="Filter",
        help="filter: text, service:x, level:error, call=12",
        shown="/",
    ),
    Key(
        where="logs",
        keys="s",
        action="same",
        label="Service",
        help="only this row's service, or all again",
    ),
    Key(where="logs", keys="y", action="copy", label="Copy", help="copy the line"),
    Key(where="app", keys="1", action="show('calls')", label="", help="calls"),
    Key(where="app", keys="2", action="show('tools')", label="", help="tools"),
    Key(where="app", keys="3", action="show('logs')", label="", help="logs"),
    Key(where="app", keys="tab", action="app.focus_next", label="", help="the next pane"),
    Key(
        where="app",
        keys="shift+tab",
        action="app.focus_previous",
        label="",
        help="the previous pane",
    ),
    Key(
        where="app",
        keys="e",
        action="export",
        label="Export",
        help="write docs and schemas to files",
    ),
    Key(where="app", keys="R", action="reload", label="Reload", help="load every service again"),
    Key(
        where="app",
        keys="colon,ctrl+p",
        action="command_palette",
        label="",
        help="every command",
        shown=":",
    ),
    Key(
        where="app", keys="question_mark", action="help", label="Help", help="these keys", shown="?"
    ),
    Key(
        where="app",
        keys="q,ctrl+c,ctrl+q",
        action="leave",
        label="Quit",
        help="leave; micro dev then stops what it started",
    ),
)


def keys_of(where: str) -> list[Key]:
    """Give the keys of one place, in the table's order."""
    return [key for key in TABLE if key.where == where]


def footer(places: Iterable[str]) -> list[Key]:
    """Give the keys that are shown at the bottom while these places have the keys.

    Where two places bind one key, the earlier place has it.
    """
    taken: set[str] = set()
    shown: list[Key] = []
    for where in places:
        here = keys_of(where)
        shown += [key for key in here if key.label and key.title not in taken]
        taken.update(key.title for key in here)
    return shown
