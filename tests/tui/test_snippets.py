from __future__ import annotations

import ast
import json
import shlex
import tomllib

from micro.errors import MicroError
from micro.snapshots import CallDetail
from micro_tui.copies import copies_of
from micro_tui.desk import Desk
from micro_tui.lent import Lent
from micro_tui.link import take
from micro_tui.snippets import Snippet, connections, python
from micro_tui.state import State
from micro_tui.testing import FakeFeed
from tui.shop import make_detail, make_snapshot


def state_of(**fields: object) -> State:
    state = State()
    take(state, make_snapshot(**fields))
    return state


def desk_of(lent: Lent | None = None, **fields: object) -> Desk:
    feed = FakeFeed(make_snapshot())
    return Desk(feed=feed, state=state_of(**fields), lent=lent or Lent())


def test_a_call_can_be_copied_as_a_shell_command_and_as_a_program() -> None:
    arguments = json.dumps({"sku": 'it\'s "x" $HOME', "qty": 2})
    detail = make_detail(arguments=arguments)
    texts = {each.key: each.text for each in copies_of(detail, desk_of())}
    words = shlex.split(texts["c"])
    assert json.loads(words[-1])["input"] == json.loads(arguments)
    tree = ast.parse(texts["p"])
    values = [ast.literal_eval(n) for n in ast.walk(tree) if isinstance(n, ast.Dict)]
    assert values == [json.loads(arguments)]
    assert "orders_create" in texts["p"]
    assert texts["t"] == f"{1:032x}"
    assert "b" not in texts


def test_where_no_http_is_served_a_call_is_copied_as_what_it_was_alone() -> None:
    keys = [each.key for each in copies_of(make_detail(), desk_of(addresses=()))]
    assert "c" not in keys
    assert "p" not in keys


def test_a_call_is_copied_as_a_case_unless_it_is_none() -> None:
    def written(detail: CallDetail) -> str:
        return f"tool: {detail.view.tool}\x1b"

    def refuse(detail: CallDetail) -> str:
        raise MicroError("it has not ended")

    for make, found in ((written, True), (refuse, False)):
        copies = copies_of(make_detail(), desk_of(Lent(case_text=make)))
        texts = [each.text for each in copies if each.key == "s"]
        assert texts == (["tool: orders.create\u241b"] if found else [])


def test_what_is_lent_of_clients_stands_for_what_is_known_here() -> None:
    zed = Snippet(key="z", label="Zed", text="{}")
    found = desk_of(Lent(connections=lambda: [zed])).connections()
    assert [each.key for each in found] == ["c", "h", "u", "z"]


def test_a_program_holds_what_it_was_given_whatever_that_is() -> None:
    arguments = {"a": ["x" * 100] * 3, "b": {"c": "\x1b[31m\u202e", "d": None}}
    text = python("http://127.0.0.1:1", "a_b", arguments)
    values = [ast.literal_eval(n) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Dict)]
    assert arguments in values
    assert "\x1b" not in text


def test_each_client_is_told_in_its_own_words() -> None:
    texts = {each.key: each.text for each in connections(state_of(project="/home/kim/my shop"))}
    assert json.loads(texts["m"])["mcpServers"]["shop-api"]["args"][-1] == "/home/kim/my shop"
    assert json.loads(texts["v"])["servers"]["shop-api"]["type"] == "stdio"
    assert tomllib.loads(texts["x"])["mcp_servers"]["shop-api"]["command"] == "micro"
    assert texts["u"] == "http://127.0.0.1:3000/mcp"
