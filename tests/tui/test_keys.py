from __future__ import annotations

from micro_tui.app import DevApp
from micro_tui.keys import TABLE, footer, keys_of
from micro_tui.screens.audit import AuditView
from micro_tui.screens.calls import CallsView
from micro_tui.screens.clients import ClientsView
from micro_tui.screens.limits import LimitsView
from micro_tui.screens.logs import LogsView
from micro_tui.screens.problems import ProblemsView
from micro_tui.screens.services import ServicesView
from micro_tui.screens.tools import ToolsView
from micro_tui.widgets.page import Page
from micro_tui.widgets.picklist import PickList
from micro_tui.widgets.ringlist import RingList

PLACES = {
    "list": (RingList, PickList),
    "stream": (RingList,),
    "text": (Page,),
    "pane": (CallsView,),
    "calls": (CallsView,),
    "tools": (ToolsView,),
    "logs": (LogsView,),
    "services": (ServicesView,),
    "clients": (ClientsView,),
    "limits": (LimitsView,),
    "audit": (AuditView,),
    "problems": (ProblemsView,),
    "app": (DevApp,),
}


def test_every_key_does_something_where_it_stands() -> None:
    for key in TABLE:
        action = key.action.partition("(")[0].removeprefix("app.")
        for owner in PLACES[key.where]:
            target = DevApp if key.action.startswith("app.") else owner
            assert hasattr(target, f"action_{action}"), key


def test_no_place_gives_one_key_two_meanings() -> None:
    for where in PLACES:
        keys = [name for key in keys_of(where) for name in key.keys.split(",")]
        assert len(keys) == len(set(keys)), where


def test_the_footer_gives_a_key_to_the_innermost_place() -> None:
    shown = [key.title for key in footer(["pane", "stream", "calls", "app"])]
    assert len(shown) == len(set(shown))
    assert shown[0] == "n"
    assert shown[-1] == "q"
