from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.table import offer_table, tool_table


def test_each_tool_is_a_line_with_its_parameters_the_optional_ones_marked():
    schema = {"properties": {"id": {}, "limit": {}}, "required": ["id"]}
    get = tool_view("users.get", input_schema=schema, scopes=("users:read",))
    lines = tool_table([service_view(get, tool_view("users.a"))]).splitlines()
    assert lines == [
        "TOOL       PARAMETERS    SCOPES      TOKENS  WHAT IT DOES",
        "users.a    ()            -           31      Retrieve a user.",
        "users.get  (id, limit?)  users:read  36      Retrieve a user.",
    ]


def test_outside_text_in_the_table_cannot_steer_the_terminal():
    services = [service_view(tool_view(description="\x1b[2J"))]
    assert "\x1b" not in tool_table(services)


def test_resources_and_prompts_have_a_table_of_their_own():
    schema = {"properties": {"city": {}, "nights": {}}, "required": ["city"]}
    resource = tool_view("users.room", uri="users://{id}", description="A room.\nMore.")
    prompt = tool_view("users.plan", input_schema=schema, scopes=("a", "b"))
    lines = offer_table([service_view(resources=(resource,), prompts=(prompt,))]).splitlines()
    assert lines[0].split() == ["NAME", "KIND", "URI", "OR", "ARGUMENTS", "SCOPES", *_GIVES]
    assert lines[-2].split() == ["users.room", "resource", "users://{id}", "-", "A", "room."]
    assert lines[-1].split()[:4] == ["users.plan", "prompt", "(city,", "nights?)"]
    assert offer_table([service_view(tool_view())]) == ""


_GIVES = ["WHAT", "IT", "GIVES"]
