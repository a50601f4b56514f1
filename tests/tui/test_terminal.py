from __future__ import annotations

import pytest

from micro_tui.terminal import dark_background, is_dark
from micro_tui.themes import choose_theme, few_colours


@pytest.mark.parametrize(
    ("answer", "dark"),
    [
        (b"\x1b]11;rgb:0f0f/1111/1616\x1b\\\x1b[?62;c", True),
        (b"\x1b]11;rgb:ff/ff/ee\x07\x1b[?1;2c", False),
        (b"\x1b]11;rgba:0000/0000/0000/ffff\x07", True),
        (b"\x1b[?1;2c", None),
        (b"", None),
        (b"\x1b]11;rgb:zz/zz/zz\x07", None),
    ],
)
def test_a_terminal_tells_its_background(answer: bytes, dark: bool | None) -> None:
    assert is_dark(answer) is dark


def test_what_is_no_terminal_is_not_asked() -> None:
    assert dark_background({"TERM": "dumb"}) is None
    assert dark_background({}) is None


@pytest.mark.parametrize(
    ("environment", "kept", "dark", "theme"),
    [
        ({"MICRO_THEME": "light"}, "nord", True, "micro-light"),
        ({}, "nord", False, "nord"),
        ({"COLORTERM": "truecolor"}, "", False, "micro-light"),
        ({"COLORTERM": "truecolor", "COLORFGBG": "0;15"}, "", True, "micro-dark"),
        ({"COLORTERM": "truecolor", "COLORFGBG": "0;15"}, "", None, "micro-light"),
        ({"TERM": "xterm"}, "", False, "micro-16"),
        ({"TERM": "xterm-256color"}, "", None, "micro-dark"),
    ],
)
def test_the_theme_is_what_was_asked_for_then_kept_then_found(
    environment: dict[str, str], kept: str, dark: bool | None, theme: str
) -> None:
    assert choose_theme(environment, kept=kept, dark=dark) == theme


@pytest.mark.parametrize(
    ("term", "few"),
    [("xterm", True), ("linux", True), ("xterm-kitty", False), ("screen-256color", False)],
)
def test_a_terminal_of_sixteen_colours_is_known_by_its_name(term: str, few: bool) -> None:
    assert few_colours({"TERM": term}) is few
