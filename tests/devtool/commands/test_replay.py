from pathlib import Path

from devtool.harness import run

SHOP = """
from micro import Service, ToolError

shop = Service("shop")

@shop.tool(read_only=True)
def price(item: str) -> dict[str, int]:
    if item == "milk":
        raise ToolError("no milk")
    return {item: 1}

@shop.tool
def buy(item: str) -> str:
    return f"bought {item}"
"""


def test_a_call_is_made_again_and_compared_with_what_was_kept(tmp_path: Path):
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    run("mcp", "test", "shop.price", '{"item": "tea"}', "--as", "eve", cwd=tmp_path)
    run("mcp", "test", "shop.price", '{"item": "milk"}', cwd=tmp_path)
    for number in ("1", "2"):
        same = run("calls", "replay", number, cwd=tmp_path)
        assert (same.returncode, same.stdout) == (0, ""), same.stderr
        assert f"the same as call {number}" in same.stderr
    path.write_text(SHOP.replace("{item: 1}", "{item: 2}"))
    other = run("calls", "replay", "1", cwd=tmp_path)
    assert (other.returncode, other.stdout) == (1, "tea: 1 → 2\n")


def test_a_tool_that_changes_things_is_not_called_again_unasked(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    run("mcp", "test", "shop.buy", '{"item": "tea"}', cwd=tmp_path)
    refused = run("calls", "replay", "1", cwd=tmp_path)
    assert (refused.returncode, "shop.buy may change things" in refused.stderr) == (1, True)
    assert run("calls", "replay", "1", "--yes", cwd=tmp_path).returncode == 0


def test_a_call_with_a_secret_is_not_made_again_with_something_else(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP.replace("item: str", "password: str"))
    run("mcp", "test", "shop.buy", '{"password": "correct horse battery"}', cwd=tmp_path)
    refused = run("calls", "replay", "1", "--yes", cwd=tmp_path)
    assert (refused.returncode, "had a secret" in refused.stderr) == (1, True)


def test_a_call_that_is_not_kept_is_told(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    ended = run("calls", "replay", "7", cwd=tmp_path)
    assert ended.returncode != 0
    assert ended.stderr.startswith("micro: ")
