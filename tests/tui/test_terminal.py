from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme

from micro_tui.look import ASCII, choose_glyphs
from micro_tui.terminal import dark_background, is_dark
from micro_tui.themes import DARK, LIGHT, SIXTEEN, choose_theme, few_colours, suited


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


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_backgrounds_stay_apart_where_there_are_256_colours(theme: Theme) -> None:
    fitted = suited(theme, {"TERM": "xterm-256color"})
    named = (fitted.background, fitted.surface, fitted.panel, fitted.variables["look-cursor"])
    drawn = {Color.parse(name or "").downgrade(ColorSystem.EIGHT_BIT).number for name in named}
    assert len(drawn) == len(named)
    assert not drawn & {16, 17, 23}, "no pure blue, teal or black instead of a tint"
    assert suited(theme, {"COLORTERM": "truecolor"}) is theme
    assert suited(SIXTEEN, {"TERM": "xterm"}) is SIXTEEN


@pytest.mark.parametrize(("term", "plain"), [("linux", True), ("vt100", True), ("xterm", False)])
def test_a_console_without_a_font_for_them_gets_no_signs(term: str, plain: bool) -> None:
    assert (choose_glyphs({"TERM": term}) is ASCII) is plain
    assert choose_glyphs({"TERM": term, "MICRO_ASCII": "0"}) is not ASCII
