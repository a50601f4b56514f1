"""Clients of others whose connections are cut while a call runs get its answer all the same."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clients.installing import NODE
from clients.relay import relay
from clients.running import DRIVERS, Shop, drive

pytestmark = pytest.mark.timeout(300)  # the first test of each environment installs it

GOT = {"steps": [1, 2, 3], "packed": "3 packed"}


def cut_off(shop: Shop, *command: str | Path, **environment: str) -> dict[str, object]:
    """Run a driver that says when its connections are to be cut."""
    with relay(shop.url) as way:
        target = f"{way.url}/mcp"
        said = drive([*command, "streamable", target], {"cut": way.cut}, **environment)
        assert way.cuts == 1
    return said


def test_the_client_of_mcp_2_reads_on(shop: Shop):
    assert cut_off(shop, sys.executable, DRIVERS / "cut_new.py") == GOT


def test_the_session_of_mcp_1_reads_on(shop: Shop, old_python: Path):
    assert cut_off(shop, old_python, DRIVERS / "cut_old.py") == GOT


def test_the_typescript_sdk_1_reads_on(shop: Shop, packages: Path):
    assert cut_off(shop, NODE, DRIVERS / "cut_old.mjs", CLIENTS=str(packages)) == GOT
