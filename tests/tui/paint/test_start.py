from __future__ import annotations

import json
import shlex

from micro_tui.link import take
from micro_tui.paint.start import sample, start_page
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


def test_a_tool_without_an_example_gets_plain_values() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "count": {"type": "integer"},
            "kind": {"enum": ["big", "small"]},
            "skipped": {"type": "string"},
        },
        "required": ["name", "count", "kind"],
    }
    tool = make_tool("a.b", examples=(), input_schema=schema)
    assert sample(tool) == {"name": "world", "count": 1, "kind": "big"}
