import json
from pathlib import Path

import pytest

from devtool.harness import dev, run

SHOP = """
import time
import uuid
from micro import Service, ToolError

shop = Service("shop")

@shop.tool(scopes=["shop:write"])
def order(item: str) -> dict[str, object]:
    if item == "milk":
        raise ToolError("no milk")
    return {"id": str(uuid.uuid4()), "at": time.time(), "item": item, "total": 3}

@shop.tool(read_only=True)
def items() -> list[str]:
    return ["tea"]
"""
CALLS = (
    ("shop.order", '{"item": "tea"}', "--yes"),
    ("shop.order", '{"item": "milk"}', "--yes"),
    ("shop.order", '{"item": "tea"}', "--yes", "--as", "eve", "--scopes", "shop:read"),
    ("shop.items", "{}"),
)


@pytest.mark.timeout(120)
def test_saved_calls_are_run_by_default_and_fail_when_the_code_says_otherwise(tmp_path: Path):
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    with dev(tmp_path) as command:
        command.event("service_loaded")
        for number, (tool, arguments, *more) in enumerate(CALLS, 1):
            caller = [word for word in more if word != "--yes"]
            run("mcp", "test", tool, arguments, *caller, cwd=tmp_path)
            sure = ["--yes"] if "--yes" in more else []
            saved = run("calls", "save", str(number), *sure, cwd=tmp_path)
            assert saved.returncode == 0, saved.stderr
            assert Path(saved.stdout.strip()).is_file()
        ended = run("mcp", "test", cwd=tmp_path)
        assert ended.returncode == 0, ended.stdout
        assert "4 calls: 4 ok" in ended.stderr
        path.write_text(SHOP.replace('"total": 3', '"total": 4').replace('["tea"]', '["coffee"]'))
        ended = run("mcp", "test", "--cases", "--json", "--junit", "junit.xml", cwd=tmp_path)
    assert ended.returncode == 1
    told = {each["case"]: (each["outcome"], each["text"]) for each in json.loads(ended.stdout)}
    assert told["shop-order"] == ("differs", "total: 3 → 4")
    assert told["shop-items"] == ("differs", '[0]: "tea" → "coffee"')
    assert told["shop-order-2"][0] == told["shop-order-3"][0] == "ok"
    assert 'failures="2"' in (tmp_path / "junit.xml").read_text()


def test_a_case_of_a_tool_that_changes_things_is_not_saved_unasked(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    run("mcp", "test", "shop.order", '{"item": "tea"}', cwd=tmp_path)
    refused = run("calls", "save", "1", cwd=tmp_path)
    assert refused.returncode == 1
    assert "shop.order may change things\n  to call it each time the case runs" in refused.stderr
    assert not (tmp_path / "tests").exists()


def test_cases_that_are_not_there_are_told(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    ended = run("mcp", "test", "--cases", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there are no cases in tests/calls\n  save a call as one" in ended.stderr
