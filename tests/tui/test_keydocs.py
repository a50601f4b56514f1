from __future__ import annotations

from pathlib import Path

from micro_tui.keydocs import PLACES, keys_page
from micro_tui.keys import TABLE

GUIDE = Path(__file__).parents[2] / "docs" / "dashboard.md"


def test_the_guide_has_the_keys_as_they_are() -> None:
    same = GUIDE.read_text("utf-8").endswith(keys_page())
    assert same, "write them anew: python -m micro_tui.keydocs, below ## Keys in docs/dashboard.md"


def test_every_place_that_has_keys_is_named() -> None:
    assert {key.where for key in TABLE} == set(PLACES)
