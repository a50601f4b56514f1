"""What can be copied of a call: all of it, a part, or a program that makes it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from micro.errors import MicroError
from micro.snapshots import CallDetail
from micro_tui.desk import Desk
from micro_tui.format import clean_lines
from micro_tui.jsonlines import pretty
from micro_tui.paint.call import call_text
from micro_tui.snippets import Snippet, curl, http_base, python
from micro_tui.state import State


def copies_of(detail: CallDetail, desk: Desk, *, here: str = "") -> list[Snippet]:
    """Give the texts of a call that has them, all safe to paste.

    ``here`` is what stands under the cursor.
    """
    view, state = detail.view, desk.state
    found = [
        Snippet(key="v", label="the value under the cursor", text=_safe(here)),
        Snippet(key="y", label="all of it, as JSON", text=call_text(detail)),
        Snippet(key="a", label="arguments", text=_safe(pretty(detail.arguments))),
        Snippet(key="r", label="result", text=_safe(pretty(detail.result))),
        Snippet(key="b", label="traceback", text=_safe(detail.traceback)),
        Snippet(key="l", label="log lines", text=_safe("\n".join(log.text for log in detail.logs))),
        Snippet(key="t", label="trace id", text=_safe(view.trace_id)),
    ]
    base, arguments = http_base(state), _value(detail.arguments)
    if base and isinstance(arguments, dict):
        found.append(Snippet(key="c", label="as curl", text=curl(base, view.tool, arguments)))
        text = python(base, wire_name(state, view.tool), arguments)
        found.append(Snippet(key="p", label="as Python", text=text))
    if desk.lent.case_text is not None:
        found += _case(detail, desk.lent.case_text)
    return [snippet for snippet in found if snippet.text]


def _case(detail: CallDetail, make: Callable[[CallDetail], str]) -> list[Snippet]:
    try:
        return [Snippet(key="s", label="as a test case", text=_safe(make(detail)))]
    except MicroError:
        return []


def wire_name(state: State, tool: str) -> str:
    """Give the name that clients call a tool by."""
    for service in state.services.values():
        for view in service.tools:
            if view.name == tool:
                return view.wire_name
    return tool.replace(".", "_")


def _safe(text: str) -> str:
    return "\n".join(clean_lines(text))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
