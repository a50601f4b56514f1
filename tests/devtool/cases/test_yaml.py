from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro.errors import ConfigError
from micro_devtool.cases.matchers import Matcher
from micro_devtool.cases.yaml import document_text, read_documents

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    _SCALARS | st.just(Matcher("uuid")) | st.just(Matcher("match", r"\d+ a: 'b'")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(value=JSON)
def test_what_is_written_is_what_is_read(value: Any):
    assert read_documents(document_text({"value": value}), source="") == [{"value": value}]


def test_a_file_reads_as_people_would_write_it():
    value = {"text": "one\ntwo\n", "id": Matcher("uuid"), "day": "2026-11-22", "list": ["a", 1]}
    assert document_text(value) == (
        "text: |\n  one\n  two\nid: !uuid\nday: '2026-11-22'\nlist:\n- a\n- 1\n"
    )


def test_what_could_steer_a_terminal_is_escaped():
    assert document_text({"said": "\x1b[31m\n \x85"}) == 'said: "\\e[31m\\n \\N"\n'


def test_dates_and_yes_and_no_are_text_as_json_has_no_dates():
    found = read_documents("a: 2026-11-22\nb: no\nc: on\nd: true", source="")
    assert found == [{"a": "2026-11-22", "b": "no", "c": "on", "d": True}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "f.yaml:1 is no case: expected"),
        ("b: 1\na: !moon", "f.yaml:2 is no case"),
        ("a: !match '('", "f.yaml:1 is no case: !match (: missing )"),
        ("a: \x00", "f.yaml is no case: unacceptable character"),
        ("[" * 5000, "f.yaml"),
    ],
)
def test_what_is_no_case_is_told_with_its_line(text: str, said: str):
    with pytest.raises(ConfigError) as caught:
        read_documents(text, source="f.yaml")
    assert caught.value.message.startswith(said)
    assert "!uuid" in (caught.value.mend or "")
