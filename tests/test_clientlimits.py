from typing import Any

import pytest

from devtool.exports.views import tool_view
from micro.clientlimits import CLIENTS, every_schema, server_name, shown_name, verdicts


def said(client: str, server: str = "shop", **changes: Any) -> list[tuple[str, str]]:
    found = verdicts(CLIENTS[client], tool_view(**changes), server=server)
    return [(each.level, each.why) for each in found]


def test_the_name_is_counted_as_the_client_builds_it():
    tool = tool_view("users.get")
    assert shown_name(CLIENTS["claude-code"], tool, server="my shop") == "mcp__my-shop__users_get"
    name = "a." + "b" * 50
    assert said("claude-desktop", name=name) == []
    ((level, why),) = said("claude-code", "a-long-name", name=name)
    assert (level, "has 70 characters of 64" in why) == ("refused", True)
    assert said("codex", "a-long-name", name=name)[0][0] == "changed"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_small_tool_is_taken_whole_by_every_client(client: str):
    assert said(client) == []


def test_a_long_description_is_cut_by_who_cuts():
    assert [level for level, _ in said("claude-code", description="x" * 2049)] == ["changed"]
    assert said("claude-code", description="x" * 2048) == []


def test_strict_arguments_have_no_optional_parameter_and_no_open_object():
    optional = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert said("openai-strict", input_schema=optional)[0][0] == "changed"
    table = {"type": "object", "additionalProperties": {"type": "string"}}
    opened = {"type": "object", "properties": {"a": table}, "required": ["a"]}
    assert said("openai-strict", input_schema=opened)[0][0] == "refused"


def test_schemas_are_found_wherever_they_stand():
    leaf = {"const": 1}
    schema = {
        "properties": {"a": {"items": leaf}},
        "$defs": {"B": {"anyOf": [leaf, {"additionalProperties": leaf}]}},
    }
    assert sum(each is leaf for each in every_schema(schema)) == 3


@pytest.mark.parametrize(("project", "name"), [("My Shop!", "My-Shop"), ("日本", "micro")])
def test_a_project_gets_a_name_that_clients_take(project: str, name: str):
    assert server_name(project) == name
