import json
import tomllib
from typing import Any

import pytest

from micro_devtool.clients.settings import (
    NotPlain,
    server_in,
    with_json_server,
    with_toml_server,
)

ENTRY: dict[str, Any] = {"command": "/python", "args": ["-m", 'a "b"', "\\"]}
TOML = """# mine
model = "x"

[mcp_servers.other]
command = "o"

[mcp_servers.shop]
command = "old"
[mcp_servers.shop.env]
A = "1"

[last]
a = 1 # stays
"""


def test_a_server_is_added_to_json_beside_what_is_there():
    text = '{"theme": "dark", "mcpServers": {"other": {"command": "o"}}}'
    after = json.loads(with_json_server(text, table="mcpServers", name="shop", entry=ENTRY))
    assert after == {
        "theme": "dark",
        "mcpServers": {"other": {"command": "o"}, "shop": ENTRY},
    }


def test_taking_out_the_only_server_leaves_what_was_before():
    for text in ("", '{"a": 1}'):
        added = with_json_server(text, table="servers", name="shop", entry=ENTRY)
        removed = with_json_server(added, table="servers", name="shop", entry=None)
        assert json.loads(removed) == json.loads(text or "{}")


@pytest.mark.parametrize("text", ["{// mine\n}", "[1]", '{"mcpServers": 3}', "{,}"])
def test_json_that_a_program_would_spoil_is_left_alone(text: str):
    with pytest.raises(NotPlain):
        with_json_server(text, table="mcpServers", name="shop", entry=ENTRY)


def test_a_server_in_toml_is_replaced_and_every_other_line_stays():
    after = with_toml_server(TOML, table="mcp_servers", name="shop", entry=ENTRY)
    assert tomllib.loads(after)["mcp_servers"] == {"other": {"command": "o"}, "shop": ENTRY}
    for line in ("# mine", 'model = "x"', "[last]", "a = 1 # stays"):
        assert line in after.splitlines()
    assert with_toml_server(after, table="mcp_servers", name="shop", entry=ENTRY) == after
    removed = with_toml_server(after, table="mcp_servers", name="shop", entry=None)
    assert tomllib.loads(removed)["mcp_servers"] == {"other": {"command": "o"}}


@pytest.mark.parametrize(
    "text",
    ['mcp_servers = {shop = {command = "x"}}', '[mcp_servers]\nshop.command = "x"', "a ="],
)
def test_toml_that_a_program_would_spoil_is_left_alone(text: str):
    with pytest.raises(NotPlain):
        with_toml_server(text, table="mcp_servers", name="shop", entry=None)


def test_what_is_known_of_a_server_is_read_and_junk_is_nothing():
    assert server_in('{"s": {"a": {"b": 1}}}', table="s", name="a", toml=False) == {"b": 1}
    for junk in ("", "{", "[]", '{"s": 1}', '{"s": {"a": 1}}'):
        assert server_in(junk, table="s", name="a", toml=False) is None
