from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.llms import llms_text

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Which\nuser"},
        "limit": {"type": "integer", "maximum": 9},
    },
    "required": ["id"],
}


def test_a_model_reads_each_tool_in_a_line_and_each_parameter_in_one():
    tool = tool_view("users.get", input_schema=SCHEMA, scopes=("users:read",))
    text = llms_text([service_view(tool, tool_view("users.a", description=""))], title="shop")
    assert text.splitlines() == [
        "# shop",
        "",
        "> Tools that are called over MCP: users.",
        "",
        "## users",
        "",
        "Keeps users.",
        "",
        "- `users_a`",
        "- `users_get`: Retrieve a user. The full profile. Needs users:read.",
        "  - `id` (string): Which user",
        "  - `limit` (integer, ≤ 9, optional)",
    ]


def test_resources_and_prompts_follow_the_tools():
    resource = tool_view("users.city", uri="users://{city}")
    text = llms_text(
        [service_view(resources=(resource,), prompts=(tool_view("users.plan"),))], title="x"
    )
    lines = text.splitlines()
    assert any(line.startswith("- resource `users://{city}`: Retrieve a user.") for line in lines)
    assert any(line.startswith("- prompt `users_plan`: Retrieve a user.") for line in lines)
