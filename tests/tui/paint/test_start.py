from __future__ import annotations

import json
import shlex

from micro.snapshots import HostView
from micro_tui.link import take
from micro_tui.paint.start import start_page
from micro_tui.parts import text_of
from micro_tui.snippets import connect_command
from micro_tui.state import State
from tui.shop import make_service, make_snapshot, make_tool


def state_of(**fields: object) -> State:
    state = State()
    take(state, make_snapshot(**fields))
    return state


def page_text(state: State) -> str:
    lines: list[str] = []
    for block in start_page(state):
        lines += [text_of(block.line(i, 100)) for i in range(block.lay_out(100))]
    return "\n".join(lines)


def test_the_curl_line_is_one_shell_command_with_the_real_address() -> None:
    tool = make_tool("orders.note", examples=({"text": 'it\'s "quoted" $HOME'},))
    service = make_service("orders", tools=(tool,))
    text = page_text(state_of(services=(service,), addresses=("http://127.0.0.1:4321/mcp",)))
    command = text[text.index("curl") : text.index("Save a file")]
    words = shlex.split(command)
    assert words[:2] == ["curl", "http://127.0.0.1:4321/mcp/call"]
    assert json.loads(words[-1]) == {
        "tool": "orders.note",
        "input": {"text": 'it\'s "quoted" $HOME'},
    }


def test_without_http_there_is_no_curl_line() -> None:
    assert "curl" not in page_text(state_of(addresses=()))


def test_the_name_in_the_command_is_safe_for_a_shell() -> None:
    assert connect_command(state_of(name="my shop; rm -rf /")).startswith(
        "claude mcp add my-shop--rm--rf -- "
    )
    assert connect_command(state_of(name="магазин")).startswith("claude mcp add micro -- ")


def test_while_the_code_loads_nobody_is_told_that_there_is_none() -> None:
    text = page_text(state_of(services=(), host=HostView(pid=None, state="starting")))
    assert "Loading the project's code" in text
    assert "No service" not in text
