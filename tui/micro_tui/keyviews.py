"""Keys of the views beside the calls, and those that work anywhere."""

from __future__ import annotations

from micro_tui.keytable import Key

VIEWS: tuple[Key, ...] = (
    Key(where="tools", keys="t", action="try", label="Try", help="call this tool", first=True),
    Key(
        where="tools",
        keys="y",
        action="copy",
        label="Copy",
        help="copy the tool's schemas",
        first=True,
    ),
    Key(
        where="tools", keys="o", action="edit", label="Editor", help="open the tool in your editor"
    ),
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
        first=True,
    ),
    Key(
        where="logs",
        keys="s",
        action="same",
        label="Service",
        help="only this row's service, or all again",
    ),
    Key(where="logs", keys="y", action="copy", label="Copy", help="copy the line"),
    Key(where="services", keys="r", action="again", label="Reload", help="load this service again"),
    Key(
        where="services",
        keys="o",
        action="edit",
        label="Editor",
        help="open the service, or the failing line, in your editor",
    ),
    Key(
        where="services",
        keys="y",
        action="copy",
        label="Copy",
        help="copy the failure, or what the last reload changed",
    ),
    Key(
        where="clients",
        keys="y",
        action="copy",
        label="Copy",
        help="copy a configuration that connects a client",
        first=True,
    ),
    Key(
        where="problems",
        keys="o",
        action="edit",
        label="Editor",
        help="open the failing line in your editor",
    ),
    Key(where="problems", keys="y", action="copy", label="Copy", help="copy the problem"),
    Key(where="app", keys="1", action="show('calls')", label="", help="calls"),
    Key(where="app", keys="2", action="show('tools')", label="", help="tools"),
    Key(where="app", keys="3", action="show('logs')", label="", help="logs"),
    Key(where="app", keys="4", action="show('services')", label="", help="services"),
    Key(where="app", keys="5", action="show('clients')", label="", help="clients"),
    Key(
        where="app",
        keys="6",
        action="show('limits')",
        label="",
        help="rate limits and circuit breakers",
    ),
    Key(where="app", keys="7", action="show('problems')", label="", help="problems"),
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
        first=True,
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
