import json

from devtool.exports.views import service_view, tool_view
from micro_devtool.exports.seen import seen_json, seen_rows, seen_table


def test_a_client_sees_its_own_names_and_says_why_it_refuses():
    tools = (tool_view("users.get"), tool_view("users." + "x" * 60))
    good, bad = seen_rows([service_view(*tools)], "claude-code", server="shop")
    assert good == ("users.get", "mcp__shop__users_get", "ok", "")
    assert (bad[2], "characters of 64" in bad[3]) == ("refused", True)


def test_tools_over_the_clients_number_are_refused():
    services = [service_view(*[tool_view(f"users.t{n:03}") for n in range(82)])]
    verdicts = [row[2] for row in seen_rows(services, "cursor", server="shop")]
    assert (verdicts.count("ok"), verdicts[-2:]) == (80, ["refused", "refused"])


def test_the_table_and_the_json_say_the_same():
    services = [service_view(tool_view())]
    (found,) = json.loads(seen_json(services, "codex", server="my shop"))
    line = seen_table(services, "codex", server="my shop").splitlines()[1]
    assert line.split() == [found["tool"], found["seen_as"], found["verdict"]]
