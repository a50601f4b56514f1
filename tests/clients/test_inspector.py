"""The Inspector's command line against a served project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clients.installing import NODE
from clients.running import TOOLS, Shop

pytestmark = pytest.mark.timeout(300)  # the first test installs the packages

TOOL_FAILED = 5
"""The Inspector's exit code for a tool that says it failed."""


class Inspector:
    def __init__(self, shop: Shop, packages: Path, home: Path) -> None:
        self._shop = shop
        modules = packages / "node_modules" / "@modelcontextprotocol"
        launcher = modules / "inspector" / "clients" / "launcher" / "build" / "index.js"
        self._command = [str(NODE), str(launcher), "--cli"]
        self._home = home

    def run(self, era: str, *arguments: str, transport: str = "http") -> tuple[int, Any]:
        """Run it once; give its exit code and what it said."""
        target = [self._shop.target("streamable"), "--transport", "http"]
        if transport == "stdio":
            target = [sys.executable, "-m", "micro_devtool", "mcp", "serve", str(self._shop.root)]
        command = [*self._command, *target, "--protocol-era", era, "--format", "json", "-q"]
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"HOME": str(self._home)},
            check=False,
        )
        text = done.stdout or done.stderr
        return done.returncode, json.loads(text)


@pytest.fixture
def inspector(shop: Shop, packages: Path, tmp_path: Path) -> Inspector:
    return Inspector(shop, packages, tmp_path)


@pytest.mark.parametrize(
    ("era", "transport"), [("legacy", "http"), ("modern", "http"), ("auto", "stdio")]
)
def test_the_inspector_lists_and_calls(inspector: Inspector, era: str, transport: str):
    code, said = inspector.run(era, "--method", "tools/list", transport=transport)
    assert code == 0
    assert {tool["name"] for tool in said["result"]["tools"]} >= set(TOOLS)
    call = ["--method", "tools/call", "--tool-name", "shop_add"]
    code, said = inspector.run(
        era, *call, "--tool-args-json", '{"a":2,"b":40}', transport=transport
    )
    assert (code, said["result"]["content"][0]["text"]) == (0, "42")


def test_the_inspector_says_that_a_tool_failed(inspector: Inspector):
    call = ["--method", "tools/call", "--tool-name", "shop_price"]
    code, said = inspector.run("modern", *call, "--tool-args-json", '{"item":"nothing"}')
    assert code == TOOL_FAILED
    assert "nothing is not for sale" in json.dumps(said)


def test_the_inspector_finds_nothing_that_other_clients_would_stumble_over(inspector: Inspector):
    code, _ = inspector.run("legacy", "--method", "tools/list", "--strict")
    assert code == 0
