"""What is served, as whole services come and go."""

from __future__ import annotations

from typing import Any

import pytest

from calling import make_tool, ok
from micro.errors import NameTaken
from micro.registry.registry import Registry
from micro.specs import ResourceSpec


def resource(name: str, uri: str, **spec: Any):
    return make_tool(name, ok, kind="resource", resource=ResourceSpec(uri=uri), **spec)


def test_a_swap_says_of_which_kinds_clients_see_another_list():
    registry = Registry()
    tool = make_tool("ok", ok)
    assert registry.swap({"demo": [tool]}) == {"tool"}
    assert registry.swap({"demo": [make_tool("ok", ok, file="moved.py", line=9)]}) == set()
    assert registry.swap({"demo": [tool, resource("one", "demo://one")]}) == {"resource"}
    changed = [make_tool("ok", ok, description="Says fine."), make_tool("ask", ok, kind="prompt")]
    assert registry.swap({"demo": changed}) == {"tool", "resource", "prompt"}
    assert registry.swap({"demo": None}) == {"tool", "prompt"}


def test_a_swap_changes_no_catalogue_that_somebody_holds():
    registry = Registry()
    registry.swap({"a": [make_tool("ok", ok, service="a")]})
    before = registry.catalogue
    registry.swap({"a": None, "b": [make_tool("ok", ok, service="b")]})
    assert before.find("a_ok") is not None
    assert [tool.spec.full_name for tool in before.tools] == ["a.ok"]
    assert registry.catalogue.find("a_ok") is registry.catalogue.named("a.ok") is None
    assert [tool.spec.full_name for tool in registry.catalogue.tools] == ["b.ok"]


def test_two_tools_of_one_name_on_the_wire_are_refused_and_nothing_changes():
    registry = Registry()
    registry.swap({"a": [make_tool("b_c", ok, service="a", file="a.py", line=1)]})
    before = registry.catalogue
    with pytest.raises(NameTaken, match=r"a\.b_c \(a\.py:1\) and a_b\.c \(b\.py:2\) are both"):
        registry.swap({"a_b": [make_tool("c", ok, service="a_b", file="b.py", line=2)]})
    assert registry.catalogue is before
    with pytest.raises(NameTaken, match="'demo://one' on the wire"):
        registry.swap({"demo": [resource("one", "demo://one"), resource("two", "demo://one")]})


def test_a_name_goes_from_one_service_to_another_in_one_swap():
    registry = Registry()
    registry.swap({"a": [make_tool("b_c", ok, service="a")]})
    registry.swap({"a_b": [make_tool("c", ok, service="a_b")], "a": None})
    found = registry.catalogue.find("a_b_c")
    assert found is not None
    assert found.spec.full_name == "a_b.c"


def test_kinds_have_names_of_their_own():
    registry = Registry()
    registry.swap({"demo": [make_tool("one", ok), resource("two", "demo://two")]})
    catalogue = registry.catalogue
    assert catalogue.find("demo_two") is None
    assert catalogue.find_prompt("demo_one").member is None
    assert catalogue.find_resource("demo://two").member is catalogue.named("demo.two")


def test_the_resource_that_describes_a_uri_closest_is_found():
    registry = Registry()
    registry.swap({"a": [resource("any", "demo://{id}", service="a")]})
    registry.swap({"b": [resource("one", "demo://one", service="b")]})
    found = registry.catalogue.find_resource("demo://one").member
    assert found is not None
    assert found.spec.full_name == "b.one"
    assert registry.catalogue.find_resource("demo://two").arguments == b'{"id":"two"}'


def test_equal_lists_have_equal_digests_whichever_way_they_came_to_be():
    first, second = Registry(), Registry()
    a, b = make_tool("ok", ok, service="a"), make_tool("ok", ok, service="b")
    first.swap({"a": [a], "b": [b]})
    second.swap({"b": [b]})
    assert first.catalogue.digest != second.catalogue.digest
    second.swap({"a": [make_tool("ok", ok, service="a", line=7)], "c": [resource("r", "c://r")]})
    assert first.catalogue.digest == second.catalogue.digest
