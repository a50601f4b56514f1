"""URI templates: what fits, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro.services.uris import LONGEST, read_template


@pytest.mark.parametrize(
    ("template", "uri", "values"),
    [
        ("a://b", "a://b", {}),
        ("a://b", "a://c", None),
        ("a://{x}", "a://1", {"x": "1"}),
        ("a://{x}", "a://%C3%A9%20x", {"x": "é x"}),
        ("a://{x}", "a://1/2", None),
        ("a://{x}", "a://", None),
        ("a://{x}", "a://1?2", None),
        ("a://{x}/{y}.txt", "a://1/2.txt", {"x": "1", "y": "2"}),
        ("a://{+path}", "a://1/2/3", {"path": "1/2/3"}),
        ("a://{+path}/end", "a://1/2/end", {"path": "1/2"}),
        ("a://x.y/{z}", "a://x_y/1", None),
        ("a://{x}", "a://%2F", None),
        ("a://{x}", "a://..", None),
        ("a://{x}", "a://%00", None),
        ("a://{x}", "a://a%5Cb", None),
        ("a://{+x}", "a://b/..", None),
        ("a://{+x}", "a://b/%2e%2E/c", None),
        ("a://{+x}", "a://b/..c", {"x": "b/..c"}),
    ],
)
def test_a_uri_fits_or_not(template: str, uri: str, values: dict[str, str] | None):
    assert read_template(template).match(uri) == values


def test_a_long_uri_fits_nothing():
    assert read_template("a://{x}").match("a://" + "x" * LONGEST) is None


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str):
    template = read_template("a://{x}-{y}/{+z}")
    values = template.match("a://" + text)
    assert values is None or all(".." not in value.split("/") for value in values.values())


@given(st.text(max_size=60))
def test_a_template_is_read_or_refused_with_words(text: str):
    try:
        read_template(text)
    except ValueError as error:
        assert str(error)
