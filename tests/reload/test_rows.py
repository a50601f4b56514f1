"""Every acceptance case has a test."""

from __future__ import annotations

import re
from pathlib import Path

from reload.rows import ROWS

TESTS = Path(__file__).parents[1]


def test_every_acceptance_case_has_a_test_that_exists():
    assert sorted(ROWS) == list(range(1, 54))
    for words, places in ROWS.values():
        assert places, words
        for place in places:
            path, _, name = place.partition("::")
            text = (TESTS / path).read_text("utf-8")
            assert re.search(rf"def {name}\b", text), place
