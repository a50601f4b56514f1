"""The exported modules: sound Python here; driven by their frameworks where those are installed.

``scripts/frameworks`` makes the virtualenvs and runs this with all of them.
"""

import ast
import json
import os
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from devtool.exports.views import service_view, tool_view
from devtool.harness import DEADLINE, dev, run
from micro_devtool.exports.python import Framework, module_text

DRIVERS = Path(__file__).parent / "drivers"
HOSTILE = "\"\"\"\n\\$url ${tools} $call {x}'''"
SHOP = '''
from dataclasses import dataclass
from micro import Service, ToolError

shop = Service("shop")

@dataclass
class Item:
    name: str
    parts: "list[Item]"

@shop.tool
def price(name: str, count: int = 1) -> int:
    """Tell a price, $1 or so."""
    if name == "milk":
        raise ToolError("there is no milk; there is tea")
    return 3 * count

@shop.tool
def find(item: Item) -> list[Item]:
    """Find items."""
    return [item]
'''


@pytest.mark.parametrize("framework", get_args(Framework))
def test_a_module_is_python_that_says_what_the_tools_say(framework: Framework):
    tool = tool_view(description=HOSTILE, input_schema={"type": "object", "title": HOSTILE})
    module = ast.parse(module_text([service_view(tool)], framework, url="http://x"))
    (described,) = [
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.AnnAssign)
        and node.value
        and ast.unparse(node.target) == "DESCRIBED"
    ]
    assert described == [
        {
            "name": "users_get",
            "description": HOSTILE,
            "parameters": {"type": "object", "title": HOSTILE},
        }
    ]


@pytest.mark.parametrize("framework", get_args(Framework))
def test_the_framework_calls_the_tools_of_a_running_project(tmp_path: Path, framework: Framework):
    python = os.environ.get(f"MICRO_PYTHON_{framework.upper()}")
    if python is None:
        pytest.skip("needs the framework: scripts/frameworks")
    (tmp_path / "shop.py").write_text(SHOP)
    with dev(tmp_path) as command:
        url = command.event("runtime_started")["addresses"][0]
        command.event("service_loaded")
        exported = ("--url", url, "--out", "out/exported.py")
        assert run("mcp", "export", framework, *exported, cwd=tmp_path).returncode == 0
        driver = [python, str(DRIVERS / f"{framework}_driver.py"), str(tmp_path / "out")]
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        ended = subprocess.run(
            driver, env=clean, capture_output=True, text=True, timeout=DEADLINE * 2
        )
        assert ended.returncode == 0, ended.stderr
        found = json.loads(ended.stdout.splitlines()[-1])
    assert found["described"] == ["shop_find", "shop_price"]
    assert found["failed"] == [False, True, False]
    assert found["said"][:2] == ["6", "there is no milk; there is tea"]
    assert json.loads(found["said"][2]) == [{"name": "a", "parts": []}]
