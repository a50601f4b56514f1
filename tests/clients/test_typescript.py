"""TypeScript clients, both generations, against a served project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clients.installing import NODE
from clients.running import DRIVERS, USED, Shop

pytestmark = pytest.mark.timeout(300)  # the first test installs the packages


@pytest.mark.parametrize("transport", ["streamable", "sse", "websocket", "stdio"])
def test_the_sdk_1_uses_a_project(shop: Shop, packages: Path, transport: str):
    command = [NODE, DRIVERS / "old.mjs", transport, shop.target(transport), sys.executable]
    assert shop.use(command, CLIENTS=str(packages)) == USED


@pytest.mark.parametrize(
    ("transport", "mode"),
    [
        ("streamable", "legacy"),
        ("streamable", "auto"),
        ("streamable", "2026-07-28"),
        ("sse", "legacy"),
        ("stdio", "legacy"),
        ("stdio", "auto"),
    ],
)
def test_the_client_2_uses_a_project(shop: Shop, packages: Path, transport: str, mode: str):
    command = [NODE, DRIVERS / "new.mjs", transport, shop.target(transport), mode, sys.executable]
    assert shop.use(command, CLIENTS=str(packages)) == USED
