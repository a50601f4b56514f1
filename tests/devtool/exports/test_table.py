from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.table import tool_table


def test_each_tool_is_a_line_with_its_parameters_the_optional_ones_marked():
    schema = {"properties": {"id": {}, "limit": {}}, "required": ["id"]}
    services = [service_view(tool_view("users.get", input_schema=schema), tool_view("users.a"))]
    assert tool_table(services).splitlines() == [
        "users.a    ()            Retrieve a user.",
        "users.get  (id, limit?)  Retrieve a user.",
    ]


def test_outside_text_in_the_table_cannot_steer_the_terminal():
    services = [service_view(tool_view(description="\x1b[2J"))]
    assert "\x1b" not in tool_table(services)
