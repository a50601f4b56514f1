"""One served project for all clients, and what they are installed in."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from clients.installing import NEW_PYTHON, OLD_PYTHON, node_modules, python_with
from clients.running import Shop, served


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    with served(tmp_path_factory.mktemp("clients")) as shop:
        yield shop


@pytest.fixture(scope="session")
def old_python() -> Path:
    return python_with(OLD_PYTHON)


@pytest.fixture(scope="session")
def new_python() -> Path:
    return python_with(NEW_PYTHON)


@pytest.fixture(scope="session")
def packages() -> Path:
    return node_modules()
