from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from micro_tui.outline import outline
from micro_tui.paint.blocks import Foldable
from micro_tui.paint.folds import Folds, json_block
from micro_tui.parts import text_of

TREE: dict[str, object] = {
    "orders": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}],
    "note": "x" * 200,
}

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def folding(value: object) -> Folds:
    block = json_block("result", json.dumps(value))
    assert isinstance(block, Folds)
    assert isinstance(block, Foldable)
    return block


def drawn(block: Folds, width: int = 80) -> list[str]:
    return [text_of(block.line(i, width)) for i in range(block.lay_out(width))]


def index_of(block: Folds, text: str, width: int = 80) -> int:
    return next(i for i, line in enumerate(drawn(block, width)) if text in line)


def test_a_value_folds_to_one_line_that_says_how_much_is_in_it() -> None:
    block = folding(TREE)
    at = index_of(block, '"orders": [')
    assert block.touch(at) == ""
    folded = drawn(block)[at]
    assert folded.startswith('  "orders": [ { "id": 1,')
    assert folded.endswith("… ],  2 items · 47 B")
    assert block.mark(at) == "+"
    assert not any('"tags"' in line for line in drawn(block)[at + 1 :])
    assert block.touch(at) == ""
    assert block.mark(at) == ""


def test_what_fits_on_the_line_is_told_whole() -> None:
    block = folding(TREE)
    at = index_of(block, '"tags": [')
    block.touch(at)
    assert '"tags": [ "a", "b" ]  2 items' in drawn(block)[at]


def test_the_value_round_a_line_is_folded_and_its_first_line_is_left() -> None:
    block = folding(TREE)
    at = block.fold(index_of(block, '"id": 2'))
    assert at is not None
    assert drawn(block)[at].startswith('    { "id": 2, "tags": [] }')
    outer = block.fold(at)
    assert outer is not None
    assert drawn(block)[outer].startswith('  "orders": [')
    assert block.fold(0) == 0
    assert len(drawn(block)) == 1
    assert block.fold(0) is None


def test_everything_folds_at_once_and_unfolds_again() -> None:
    block = folding(TREE)
    before = drawn(block)
    block.fold_all()
    assert len(drawn(block)) < len(before)
    block.fold_all()
    assert drawn(block) == before


def test_a_long_line_is_cut_until_it_is_opened() -> None:
    block = folding({"text": "x" * 100_000})
    lines = drawn(block)
    assert len(lines) == 6
    assert lines[4] == "… 99.8 kB · ~24,943 tokens more"
    assert block.touch(1) == ""
    assert len(drawn(block)) > 1_000
    assert block.touch(700) == ""
    assert drawn(block) == lines


def test_what_is_large_is_folded_two_deep_at_first() -> None:
    block = folding({"rows": [{"id": n, "inner": {"a": 1, "b": 2}} for n in range(200)]})
    lines = drawn(block)
    assert len(lines) == 204
    assert lines[2].startswith('    { "id": 0, "inner": { "a": 1, "b": 2 } },  2 members')
    huge = folding({"rows": [{"id": n, "x": n} for n in range(5_000)]})
    assert len(drawn(huge)) == 3


def test_a_value_is_copied_alone() -> None:
    block = folding(TREE)
    drawn(block)
    for text in ('"tags": [', '"note"', "{"):
        json.loads(block.value(index_of(block, text)))
    assert json.loads(block.value(index_of(block, '"orders"'))) == TREE["orders"]
    assert json.loads(block.value(0)) == TREE


def test_what_is_short_stays_on_one_line_and_folds_nothing() -> None:
    block = folding({"a": [1]})
    assert drawn(block) == ['{"a": [1]}']
    assert block.touch(0) is None
    assert block.fold(0) is None
    assert block.mark(0) == ""
    assert block.value(0) == '{"a": [1]}'
    assert len(drawn(block, 5)) > 1


@given(values, st.integers(12, 60))
def test_any_json_is_drawn_whole_within_its_width_folded_or_not(value: object, width: int) -> None:
    block = folding(value)
    whole = json.dumps(value, ensure_ascii=False)
    lines = drawn(block, width)
    assert all(cell_len(line) <= width for line in lines)
    for index in reversed(range(len(lines))):
        block.touch(min(index, block.lay_out(width) - 1))
    assert all(cell_len(line) <= width for line in drawn(block, width))
    text = json_block("", whole)
    assert isinstance(text, Folds)
    laid_out = outline(json.dumps(value, indent=2, ensure_ascii=False).split("\n"))
    assert json.loads(laid_out.text(0, len(laid_out.lines) - 1)) == value
