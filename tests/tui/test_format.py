from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from micro_tui import format as words
from micro_tui.parts import crop, cut, fill, justify, pad, width_of


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\nb\rc\td", "a␊b␍c␉d"),
        ("nul\x00del\x7f", "nul␀del␡"),
        ("\x9b31m\x85", "�31m�"),
        ("abc\u202etxt.exe", "abc�txt.exe"),
        ("\u2066x\u2069\u200f", "�x��"),
        ("zero\u200bwidth\u200d\ufeff\u2060", "zero�width���"),
        ("tag\U000e0041\U000e007f", "tag��"),
        ("\ud800 lone", "� lone"),
        ("\u2028\u2029", "��"),
        ("hangul\u3164\u115f", "hangul��"),
        ("no\u00a0break", "no break"),
        ("a" + "\u0301" * 30, "a\u0301\u0301"),
        ("warn ⚠\ufe0f", "warn ⚠"),
        ("x\ufe0f\ufe0f\ufe0e", "x���"),
        ("Grüße 日本 שלום", "Grüße 日本 שלום"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
    ],
)
def test_hostile_text_is_shown_as_what_it_is(hostile: str, shown: str) -> None:
    assert words.clean(hostile) == shown


@given(st.text(alphabet=st.characters()))
def test_clean_text_has_nothing_left_that_moves_hides_or_reorders(text: str) -> None:
    cleaned = words.clean(text)
    assert all(char.isprintable() for char in cleaned)
    assert len(cleaned) <= len(text)
    assert words.clean(cleaned) == cleaned


@given(st.text(alphabet=st.characters()), st.integers(0, 40))
def test_padded_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(pad(text, width)) == width
    assert cell_len(cut(text, width)) <= width


def test_a_huge_text_is_cut_before_it_is_cleaned() -> None:
    assert cut("x" * 50_000_000, 5) == "xxxx…"


@given(st.lists(st.text(alphabet="ab 日é", max_size=12), max_size=6), st.integers(1, 60))
def test_filled_and_justified_parts_are_exactly_as_wide_as_asked(
    texts: list[str], width: int
) -> None:
    parts = [("base", text) for text in texts]
    assert width_of(crop(parts, width)) <= width
    assert width_of(fill(parts, width)) == width
    assert width_of(justify(parts, [("dim", "end")], width=width)) <= max(width, 3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 ms"),
        (0.00041, "0.41 ms"),
        (0.0382, "38.2 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (12.34, "12.3 s"),
        (185, "3m 05s"),
        (9000, "2h 30m"),
    ],
)
def test_durations_have_three_digits(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_ages_sizes_rates_and_shares_are_short() -> None:
    assert [words.age(s) for s in (0.4, 12, 300, 7200, 200_000)] == ["now", "12s", "5m", "2h", "2d"]
    assert [words.size(n) for n in (0, 999, 3400, 10_000_000)] == [
        "0 B",
        "999 B",
        "3.4 kB",
        "10.0 MB",
    ]
    assert [words.rate(r) for r in (0, 5.24, 1204)] == ["0/s", "5.2/s", "1,204/s"]
    assert [words.percent(p) for p in (0, 0.004, 0.12, 1)] == ["0%", "0.4%", "12%", "100%"]
    assert [words.plural(n, "tool") for n in (0, 1, 1204)] == ["0 tools", "1 tool", "1,204 tools"]


def test_a_bar_covers_its_share_and_is_never_blank() -> None:
    assert words.bar(0, 1, width=10) == "█" * 10
    assert words.bar(0.5, 0.3, width=10) == "     ███  "
    assert words.bar(0.999, 0, width=10).strip()
    assert words.bar(0.5, 0.3, width=10, ascii_only=True) == "     ###  "


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 80), st.booleans())
def test_a_bar_is_exactly_as_wide_as_asked(
    start: float, share: float, width: int, plain: bool
) -> None:
    assert len(words.bar(start, share, width=width, ascii_only=plain)) == width


def test_a_sparkline_keeps_zero_apart_from_little() -> None:
    assert words.sparkline([0, 1, 8]) == " ▂█"
    assert words.sparkline([0, 0]) == "  "
    assert words.sparkline([1], top=4) == "▃"
    assert words.sparkline([0, 8], ascii_only=True) == " #"


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        (0, ("", "────")),
        (0.001, ("╾", "───")),
        (0.5, ("━━", "──")),
        (0.6, ("━━╾", "─")),
        (1, ("━━━━", "")),
        (7, ("━━━━", "")),
        (-1, ("", "────")),
    ],
)
def test_a_gauge_is_as_wide_as_asked_and_shows_the_least_of_something(
    share: float, drawn: tuple[str, str]
) -> None:
    assert words.gauge(share, width=4) == drawn
    assert len("".join(words.gauge(share, width=4, ascii_only=True))) == 4
