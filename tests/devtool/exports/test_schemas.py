import json

from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.schemas import schemas_text


def test_a_tool_is_given_as_mcp_knows_it_with_its_scopes():
    tool = tool_view(scopes=("users:read",), examples=({"id": 1},), raises=(("E", "never"),))
    found = json.loads(schemas_text([service_view(tool)]))
    assert found["services"][0]["tools"][0] == {
        "name": "users_get",
        "canonicalName": "users.get",
        "description": "Retrieve a user.\n\nThe full profile.",
        "inputSchema": {"type": "object", "properties": {}},
        "scopes": ["users:read"],
        "examples": [{"id": 1}],
        "raises": [{"error": "E", "when": "never"}],
    }


def test_the_same_services_give_the_same_text_in_any_order():
    one, other = service_view(tool_view(), name="a"), service_view(name="b")
    assert schemas_text([one, other]) == schemas_text([other, one])
