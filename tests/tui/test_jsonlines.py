from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from micro_tui.format import clean
from micro_tui.jsonlines import colour, compact, pretty, preview
from micro_tui.parts import text_of


def test_json_is_laid_out_and_put_on_one_line() -> None:
    assert pretty('{"a":[1,2]}') == '{\n  "a": [\n    1,\n    2\n  ]\n}'
    assert compact('{"a":[1,2]}') == '{"a": [1, 2]}'


def test_text_that_is_no_json_stays_as_it_is() -> None:
    assert pretty("not {json") == "not {json"
    assert compact("\ud800") == "\ud800"


def test_names_strings_numbers_and_literals_have_their_colours() -> None:
    styles = {text: style for style, text in colour('  "a": ["b", -1.5e3, true, null]')}
    assert styles['"a"'] == "name"
    assert styles['"b"'] == "string"
    assert styles["-1.5e3"] == "number"
    assert styles["true"] == styles["null"] == "literal"


def test_a_string_that_was_cut_off_is_still_a_string() -> None:
    assert colour('"never ends')[-1] == ("string", '"never ends')


@given(st.text(alphabet=st.characters()))
def test_colouring_changes_nothing_but_what_is_unsafe(line: str) -> None:
    assert len(text_of(colour(line))) <= len(line)
    if line.isascii() and line.isprintable():
        assert text_of(colour(line)) == line
    assert clean(text_of(colour(line))) == text_of(colour(line))


def test_arguments_read_as_names_and_values() -> None:
    assert text_of(preview('{"a": 1, "b":[1,{"c":null}],"s":"x, y"}')) == (
        'a=1 b=[1,{"c":null}] s="x, y"'
    )


def test_arguments_that_were_clipped_or_are_hostile_still_show() -> None:
    assert text_of(preview('{"a":1,"text":"cut of')) == 'a=1 text="cut of'
    assert text_of(preview('{"a\x1b[31m":"\u202e"}')) == 'a␛[31m="�"'
    assert text_of(preview("")) == ""
