"""Python clients of others against a served project: list, call, fail, progress, reload, again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clients.running import USED, Shop, python_driver

pytestmark = pytest.mark.timeout(300)  # the first test of each environment installs it

WITHOUT_SESSION = {key: USED[key] for key in ("tools", "call", "structured", "error", "again")}
"""What clients see that hide the protocol."""


@pytest.mark.parametrize("transport", ["streamable", "stdio"])
@pytest.mark.parametrize(
    ("mode", "version"),
    [("auto", "2026-07-28"), ("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")],
)
def test_the_client_of_mcp_2_uses_a_project(shop: Shop, transport: str, mode: str, version: str):
    said = shop.use([*python_driver(sys.executable, "mcp_new", shop, transport)[:-1], mode])
    expected = USED | {"version": version}
    if mode == version:
        del expected["server"]  # it asked nothing at first
    assert said == expected


@pytest.mark.parametrize("transport", ["streamable", "sse", "websocket", "stdio"])
def test_the_session_of_mcp_1_uses_a_project(shop: Shop, old_python: Path, transport: str):
    said = shop.use(python_driver(old_python, "mcp_old", shop, transport))
    assert said == USED | {"version": "2025-11-25"}


@pytest.mark.parametrize("transport", ["streamable", "stdio"])
def test_the_client_of_fastmcp_uses_a_project(shop: Shop, new_python: Path, transport: str):
    said = shop.use(python_driver(new_python, "fastmcp_client", shop, transport))
    assert said == WITHOUT_SESSION | {"progress": [1, 2, 3]}


@pytest.mark.parametrize("transport", ["streamable", "sse", "websocket"])
def test_the_adapters_of_langchain_use_a_project(shop: Shop, old_python: Path, transport: str):
    said = shop.use(python_driver(old_python, "langchain", shop, transport))
    assert said == WITHOUT_SESSION


@pytest.mark.parametrize("transport", ["streamable", "sse"])
def test_the_client_of_llama_index_uses_a_project(shop: Shop, new_python: Path, transport: str):
    said = shop.use(python_driver(new_python, "llama", shop, transport))
    assert said == WITHOUT_SESSION | {"progress": [1, 2, 3]}
