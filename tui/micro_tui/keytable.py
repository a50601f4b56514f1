"""Keys of the widgets and of the calls; those of the other places are in ``keyviews``.

``where`` is the name of what must have the keys: a kind of widget, a screen, or ``app``.
"""

from __future__ import annotations

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
        first: Whether it opens what takes the next keys: it then comes before them, however fast
            they are written.
    """

    where: str
    keys: str
    action: str
    label: str
    help: str
    shown: str = ""
    first: bool = False

    @property
    def title(self) -> str:
        """The keys as people write them."""
        return self.shown or self.keys.partition(",")[0]


CALLS: tuple[Key, ...] = (
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
    Key(where="text", keys="enter", action="touch", label="Fold", help="fold, unfold or follow"),
    Key(where="text", keys="down,j", action="move(1)", label="", help="next line", shown="j ↓"),
    Key(where="text", keys="up,k", action="move(-1)", label="", help="previous line", shown="k ↑"),
    Key(where="text", keys="pagedown,ctrl+d", action="page(1)", label="", help="a page on"),
    Key(where="text", keys="pageup,ctrl+u", action="page(-1)", label="", help="a page back"),
    Key(where="text", keys="g,home", action="move(-999999999)", label="", help="the beginning"),
    Key(where="text", keys="G,end", action="move(999999999)", label="", help="the end"),
    Key(where="text", keys="h,left", action="fold", label="", help="fold the value round the line"),
    Key(where="text", keys="l,right", action="unfold", label="", help="unfold the line"),
    Key(where="text", keys="Z", action="fold_all", label="", help="fold or unfold all values"),
    Key(where="pane", keys="n", action="walk(1)", label="Next", help="the next call"),
    Key(where="pane", keys="p", action="walk(-1)", label="Prev", help="the previous call"),
    Key(where="pane", keys="z", action="zoom", label="", help="the pane alone, or with the list"),
    Key(
        where="pane",
        keys="plus,equals_sign",
        action="grow(1)",
        label="",
        help="a higher pane",
        shown="+",
    ),
    Key(where="pane", keys="minus", action="grow(-1)", label="", help="a lower pane", shown="-"),
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
        help="filter: text, tool:x, is:error, >200ms",
        shown="/",
        first=True,
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
        keys="d",
        action="difference",
        label="Diff",
        help="what the last replay answered differently",
    ),
    Key(
        where="calls",
        keys="t",
        action="try",
        label="Try",
        help="call with other arguments",
        first=True,
    ),
    Key(
        where="calls",
        keys="y",
        action="copy",
        label="Copy",
        help="copy the call, the error or the command on screen",
        first=True,
    ),
    Key(where="calls", keys="s", action="save", label="Save", help="keep the call as a test case"),
    Key(
        where="calls",
        keys="v",
        action="record",
        label="",
        help="what the audit log has of the call",
    ),
    Key(
        where="calls",
        keys="o",
        action="edit",
        label="",
        help="open the tool or the failing line in your editor",
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
    Key(
        where="calls",
        keys="comma",
        action="step(-1)",
        label="",
        help="back in time: to what happened before",
        shown=",",
    ),
    Key(
        where="calls",
        keys="full_stop",
        action="step(1)",
        label="",
        help="on in time: to what happened next",
        shown=".",
    ),
    Key(
        where="calls",
        keys="less_than_sign",
        action="leap(-10)",
        label="",
        help="ten seconds back in time",
        shown="<",
    ),
    Key(
        where="calls",
        keys="greater_than_sign",
        action="leap(10)",
        label="",
        help="ten seconds on, to now at last",
        shown=">",
    ),
    Key(where="calls", keys="C", action="columns", label="", help="choose the columns", first=True),
    Key(where="calls", keys="c", action="clear", label="", help="begin with an empty list"),
    Key(where="calls", keys="u", action="restore", label="", help="bring back what was cleared"),
    Key(where="calls", keys="b", action="side", label="", help="show or hide the list of services"),
)
