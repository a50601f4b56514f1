from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from micro_tui.jsonlines import colour, pretty
from micro_tui.paint.blocks import Text, plain, prose
from micro_tui.paint.folds import json_block
from micro_tui.parts import Parts, text_of


def drawn(block: Text, width: int) -> list[str]:
    return [text_of(block.line(i, width)) for i in range(block.lay_out(width))]


def test_lines_that_fit_are_not_broken() -> None:
    assert drawn(Text("", "one\n\ntwo", colours=plain("base")), 10) == ["one", "", "two"]


def test_a_long_line_goes_on_in_the_colour_of_its_end() -> None:
    block = Text("", '"' + "x" * 25 + '"', colours=colour)
    assert block.lay_out(10) == 3
    assert [block.line(i, 10) for i in range(3)][1:] == [
        [("string", "x" * 10)],
        [("string", "x" * 6 + '"')],
    ]


@given(st.text(alphabet="ab 日é\n", max_size=200), st.integers(2, 30))
def test_wrapping_loses_nothing_and_stays_within_the_width(text: str, width: int) -> None:
    lines = drawn(Text("", text, colours=plain("base")), width)
    assert "".join(lines) == "".join(text.splitlines())
    assert all(cell_len(line) <= width for line in lines)


def test_json_is_on_one_line_where_it_fits() -> None:
    block = json_block("result", '{"a":1,"b":2}')
    assert block.lay_out(40) == 1
    assert text_of(block.line(0, 40)) == '{"a": 1, "b": 2}'
    assert block.lay_out(10) == 4


def test_prose_breaks_between_words_and_is_made_safe() -> None:
    block = prose("", "one two three\n\nfour\x1b[m")
    lines = [text_of(block.line(i, 8)) for i in range(block.lay_out(8))]
    assert lines == ["one two", "three", "", "four␛[m"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"id": i, "name": "x" * 60} for i in range(110_000)]),
        json.dumps("x" * 10_000_000),
        json.dumps("é" * 5_000_000, ensure_ascii=False),
    ],
    ids=["many lines", "one line", "one line of letters beyond ascii"],
)
def test_ten_megabytes_are_cut_into_lines_and_only_seen_ones_are_coloured(text: str) -> None:
    coloured: list[str] = []

    def counting(line: str) -> Parts:
        coloured.append(line)
        return colour(line)

    block = Text("result", pretty(text), colours=counting)
    height = block.lay_out(80)
    assert coloured == []
    lines = [text_of(block.line(i, 80)) for i in range(height - 30, height)]
    assert len(coloured) == 30
    assert all(cell_len(line) <= 80 for line in lines)
