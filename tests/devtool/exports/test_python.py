"""The exported modules are sound Python, and what they are for takes them and calls the tools."""

import ast
import json
import os
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest

from devtool.exports.conftest import Served
from devtool.exports.views import service_view, tool_view
from devtool.harness import DEADLINE, run
from micro_devtool.exports.python import Framework, module_text

DRIVERS = Path(__file__).parent / "drivers"
HOSTILE = "\"\"\"\n\\$url ${tools} $call {x}'''"


def drive(python: Path, name: str, folder: Path) -> Any:
    """Run a driver on what was exported into a folder; give what it found."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, DRIVERS / f"{name}_driver.py", folder]
    ended = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=DEADLINE * 2)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("framework", get_args(Framework))
def test_the_framework_calls_the_tools_of_a_running_project(
    tmp_path: Path, served: Served, frameworks: Path, framework: Framework
):
    exported = ("--url", served.url, "--out", str(tmp_path / "exported.py"))
    assert run("mcp", "export", framework, *exported, cwd=tmp_path).returncode == 0
    found = drive(frameworks, framework, tmp_path)
    assert found["described"] == ["shop_find", "shop_price"]
    assert found["failed"] == [False, True, False]
    assert found["said"][:2] == ["6", "there is no milk; there is tea"]
    assert json.loads(found["said"][2]) == [{"name": "a", "parts": []}]


@pytest.mark.timeout(300)
def test_the_sdks_of_model_makers_take_the_tools_and_send_them(
    tmp_path: Path, served: Served, frameworks: Path
):
    for maker in ("openai", "anthropic", "gemini"):
        exported = ("--out", str(tmp_path / f"{maker}.json"))
        assert run("mcp", "export", maker, *exported, cwd=served.root).returncode == 0
    found = drive(frameworks, "models", tmp_path)
    names = ["shop_find", "shop_price"]
    assert found == {
        "openai": names,
        "anthropic": names,
        "gemini": names,
        "schemas": [True, True],
    }
