import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from devtool.harness import dev, run

STORE = '''
from micro import Service, ToolError

shop = Service("shop")

@shop.tool(scopes=["shop:read"])
def price(item: str) -> dict[str, int]:
    """Tell what an item costs.

    @example {"item": "tea"}
    """
    return {item: 1}

@shop.tool
def buy(item: str) -> str:
    """Buy an item.

    @example {"item": "tea"}
    """
    raise ToolError(f"{item} is sold out")
'''


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(STORE)
    return tmp_path


def test_a_result_goes_to_stdout_and_its_verdict_to_stderr(store: Path):
    ended = run("mcp", "test", "shop.price", '{"item": "tea"}', cwd=store)
    assert ended.returncode == 0
    assert json.loads(ended.stdout) == {"tea": 1}
    assert ended.stderr.startswith("ok      shop.price  ")
    assert "  trace " in ended.stderr


def test_a_tool_that_fails_exits_1_with_its_own_words(store: Path):
    ended = run("mcp", "test", "shop.buy", '{"item": "tea"}', cwd=store)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "tea is sold out" in ended.stderr


def test_a_call_without_the_scope_is_refused_and_says_which(store: Path):
    who = ("--as", "alice", "--scopes", "shop:write", "--json")
    ended = run("mcp", "test", "shop_price", '{"item": "tea"}', *who, cwd=store)
    answer = json.loads(ended.stdout)
    assert (ended.returncode, answer["outcome"]) == (1, "refused")
    assert "shop:read" in answer["text"]


def test_every_example_is_tried_and_reported_for_people_and_for_ci(store: Path):
    ended = run("mcp", "test", "--all-examples", "--junit", "out/junit.xml", cwd=store)
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("error   shop.buy[1]  ")
    assert lines[1:3] == ['        sent {"item": "tea"}', "        tea is sold out"]
    assert lines[3].startswith("ok      shop.price[1]  ")
    assert ended.stderr == "2 calls: 1 ok, 1 failed\n"
    report = xml.parse(store / "out" / "junit.xml").getroot()
    assert [case.get("name") for case in report.iter("testcase")] == ["buy[1]", "price[1]"]


def test_a_call_is_made_by_the_runtime_that_serves_the_project(store: Path):
    (store / "input.json").write_text('{"item": "milk"}')
    with dev(store) as command:
        command.event("service_loaded")
        ended = run("mcp", "test", "shop.price", "--file", "input.json", "--as", "eve", cwd=store)
        assert json.loads(ended.stdout) == {"milk": 1}
        started = command.event("call_started", tool="shop.price")
        assert (started["door"], started["subject"]) == ("cli", "eve")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one tool"),
        (("shop.price", "--all-examples"), "name one tool"),
        (("shop.price", "{}", "--example"), "name one tool"),
        (("shop.price", "[]"), "the input is not an object"),
        (("shop.price", "--file", "nope.json"), "nope.json cannot be read"),
        (("shop.prise",), "there is no tool 'shop.prise'"),
    ],
)
def test_what_is_asked_wrong_exits_2(store: Path, arguments: tuple[str, ...], said: str):
    ended = run("mcp", "test", *arguments, cwd=store)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
