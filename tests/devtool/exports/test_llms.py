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
