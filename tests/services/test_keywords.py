"""What types cannot say of arguments is shown to clients, and asked of calls."""

from __future__ import annotations

from typing import Any

import pytest

from micro.errors import DeclarationError
from micro.services.keywords import Keywords, merged
from services.harness import bound, refusal

EITHER = {"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}


def reach(phone: str = "", email: str = "", lines: list[str] | None = None) -> str:
    return phone or email


def test_keywords_stand_beside_those_of_the_types():
    keywords = EITHER | {"properties": {"phone": {"minLength": 3}}}
    schema = bound(reach, schema=keywords).spec.input_schema
    assert schema["anyOf"] == EITHER["anyOf"]
    assert schema["properties"]["phone"] == {"type": "string", "default": "", "minLength": 3}


def test_arguments_that_fit_the_types_are_checked_by_the_keywords():
    arguments = bound(reach, schema=EITHER).arguments
    assert arguments.parse(b'{"phone": "1"}') == {"phone": "1"}
    with pytest.raises(Exception, match="a problem with the arguments"):
        arguments.parse(b"{}")
    with pytest.raises(Exception, match="a problem with the arguments"):
        arguments.parse(b'{"lines": "[]"}')
    assert arguments.parse(b'{"lines": "[]", "email": "a"}') == {"lines": [], "email": "a"}


def test_the_place_of_what_does_not_fit_is_named():
    keywords = Keywords({"properties": {"a": {"properties": {"b": {"minimum": 3}}}}})
    assert keywords.problem(b'{"a": {"b": 1}}') == "`a.b`: 1 is less than the minimum of 3"
    assert keywords.problem(b'{"a": {"b": 3}}') is None


def test_an_example_has_to_fit_the_keywords():
    with pytest.raises(DeclarationError, match="the example"):
        bound(reach, schema=EITHER, examples=[{"lines": []}])
    assert refusal(reach, {"phone": 7}).startswith("demo.reach")


@pytest.mark.parametrize("keywords", [{"type": "nonsense"}, {"properties": 7}, {"anyOf": []}, "x"])
def test_what_is_no_schema_is_refused(keywords: Any):
    with pytest.raises(DeclarationError, match=r"schema= is no JSON Schema"):
        bound(reach, schema=keywords)


def test_nothing_is_fetched_that_a_reference_points_at():
    keywords = Keywords({"properties": {"a": {"$ref": "http://127.0.0.1:9/schema"}}})
    with pytest.raises(Exception, match="Unresolvable"):
        keywords.problem(b'{"a": 1}')


def test_merging_leaves_both_as_they_were():
    schema, keywords = {"a": {"b": 1}}, {"a": {"c": 2}, "d": 3}
    assert merged(schema, keywords) == {"a": {"b": 1, "c": 2}, "d": 3}
    assert (schema, keywords) == ({"a": {"b": 1}}, {"a": {"c": 2}, "d": 3})
