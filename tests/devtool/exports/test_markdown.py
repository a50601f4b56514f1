from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.markdown import code, escape, project_page, service_page

SCHEMA = {
    "type": "object",
    "properties": {
        "user_id": {"type": "string", "description": "Which user", "minLength": 1},
        "limit": {"type": "integer", "default": 10, "maximum": 100},
        "role": {"$ref": "#/$defs/Role", "default": None},
    },
    "required": ["user_id"],
    "$defs": {"Role": {"enum": ["admin", "reader"]}},
}


def test_a_tool_is_documented_with_all_that_a_caller_needs():
    tool = tool_view(
        title="Get a user",
        input_schema=SCHEMA,
        output_schema={"type": "object", "properties": {"name": {"type": "string"}}},
        scopes=("users:read",),
        annotations={"readOnlyHint": True},
        examples=({"user_id": "user-1"},),
        returns="The profile.",
        raises=(("ToolError", "there is no such user"),),
    )
    page = service_page(service_view(tool))
    for wanted in (
        "# users 1.0.0",
        "## `users.get`: Get a user",
        "- On the wire: `users_get`",
        "- Needs: `users:read`",
        "- Hints: reads only",
        "- Source: `users.py:7`",
        "| `user_id` | string | yes |  | length ≥ 1 | Which user |",
        "| `limit` | integer | no | `10` | ≤ 100 |  |",
        "| `role` | Role | no | `null` |  |  |",
        '`Role`: "admin" or "reader"',
        "Result: The profile.",
        '  "user_id": "user-1"',
        "- `ToolError`: there is no such user",
    ):
        assert wanted in page.splitlines(), wanted


def test_resources_and_prompts_follow_the_tools():
    schema = {"properties": {"city": {"type": "string"}}, "required": ["city"]}
    resource = tool_view("users.city", uri="users://{city}", mime_type="text/plain")
    prompt = tool_view("users.plan", input_schema=schema, scopes=("a",))
    page = service_page(service_view(tool_view(), resources=(resource,), prompts=(prompt,)))
    for wanted in (
        "## Resources",
        "### `users.city`",
        "- URI: `users://{city}`, text/plain",
        "## Prompts",
        "### `users.plan`",
        "- Needs: `a`",
        "Arguments:",
    ):
        assert wanted in page.splitlines(), wanted
    assert "## Resources" not in service_page(service_view(tool_view()))


def test_a_tool_without_parameters_says_so():
    assert "No parameters." in service_page(service_view(tool_view())).splitlines()


def test_the_same_services_give_the_same_page_in_any_order():
    tools = [tool_view("users.a"), tool_view("users.b")]
    one, other = service_view(*tools), service_view(*tools[::-1])
    second = service_view(name="orders")
    assert project_page([one, second]) == project_page([second, other])


@given(st.text(max_size=40))
def test_outside_text_cannot_leave_its_table_cell(text: str):
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"x": {"type": "string", "description": text, "default": text}},
    }
    page = service_page(service_view(tool_view(input_schema=schema)))
    (row,) = [line for line in page.split("\n") if line.startswith("| `x`")]
    assert row.replace("\\|", "").count("|") == 7


@pytest.mark.parametrize("text", ["<script>", "[a](javascript:x)", "*b*", "`c`", "# d", "![i](u)"])
def test_outside_text_is_not_markup(text: str):
    page = service_page(service_view(tool_view(description=text), description=text))
    assert text not in page.replace(f"\\{text[0]}", "")


def test_code_takes_any_backticks():
    assert code("a``b") == "```a``b```"
    assert code("`") == "`` ` ``"


def test_plain_words_stay_as_they_are():
    assert escape("A user's e-mail (2 parts).") == "A user's e-mail (2 parts)."
