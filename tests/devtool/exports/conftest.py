"""What the exports are for: a served project, and environments that have their readers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients.installing import python_with
from devtool.harness import dev

FRAMEWORKS = (
    "langchain-core==1.7.2",
    "llama-index-core==0.14.25",
    "openai==3.54.0",
    "anthropic==2.12.0",
    "google-genai==3.4.0",
)
SCHEMATHESIS = ("schemathesis==4.32.5",)

SHOP = '''
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Len
from micro import Service, ToolError

shop = Service("shop", version="1.2.3")

@dataclass
class Item:
    name: Annotated[str, Len(1, 40)]
    parts: "list[Item]"

@shop.tool
def price(name: Annotated[str, "Of the item"], count: Annotated[int, Ge(1)] = 1) -> int:
    """Tell a price, $1 or so.

    @example {"name": "tea"}
    """
    if name == "milk":
        raise ToolError("there is no milk; there is tea")
    return 3 * count

@shop.tool
def find(item: Item) -> list[Item]:
    """Find items."""
    return [item]
'''


@dataclass(frozen=True)
class Served:
    root: Path
    url: str


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    root = tmp_path_factory.mktemp("exports")
    (root / "shop.py").write_text(SHOP)
    with dev(root) as command:
        command.event("service_loaded")
        yield Served(root, command.event("runtime_started")["addresses"][0])


@pytest.fixture(scope="session")
def frameworks() -> Path:
    return python_with(FRAMEWORKS)


@pytest.fixture(scope="session")
def schemathesis() -> Path:
    return python_with(SCHEMATHESIS).with_name("schemathesis")
