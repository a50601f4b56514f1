from __future__ import annotations

import pytest

from micro_tui.complete import completed

FIELDS = ("tool", "trace", "is", "ms")
VALUES = {
    "tool": lambda: ["orders.create", "orders.get", "users.get"],
    "is": lambda: ("ok", "error"),
}


def test_what_cannot_be_drawn_is_not_offered() -> None:
    values = {"tool": lambda: ["a\x1b[31m", "a\u202e", "a b", "abc"]}
    assert completed("tool:a", FIELDS, values) == "tool:abc"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("to", "tool:"),
        ("-to", "-tool:"),
        ("red tr", "red trace:"),
        ("tool:ord", "tool:orders.get"),
        ("tool:orders.c", "tool:orders.create"),
        ("tool:users.get,or", "tool:users.get,orders.get"),
        ("is:", "is:ok"),
        ("IS:E", "IS:error"),
        ("tool:users.get", None),
        ("nothing", None),
        ("ms:1", None),
        ("", None),
        ("tool:x ", None),
    ],
)
def test_the_last_word_is_completed(text: str, whole: str | None) -> None:
    assert completed(text, FIELDS, VALUES) == whole
