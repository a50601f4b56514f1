import json
import os
import signal
from pathlib import Path

import pytest

from devtool.fake_runtime import agent, eventually
from devtool.harness import DEADLINE, call, dev, micro, record, run, runs, shop

EXAMPLES = Path(__file__).parents[3] / "examples"
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "t", "version": "1"},
}


def test_an_agent_gets_a_runtime_where_none_runs_and_it_ends_after_it(tmp_path: Path):
    shop(tmp_path)
    with agent(cwd=tmp_path) as client:
        assert client.ask(1, "initialize", **HELLO)["result"]["serverInfo"]["name"]
        client.send({"method": "notifications/initialized"})
        (tool,) = client.ask(2, "tools/list")["result"]["tools"]
        assert tool["name"] == "shop_price"
        runtime = record(tmp_path)["pid"]
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(DEADLINE) == 0
    eventually(lambda: not runs(runtime))


def test_two_agents_share_one_runtime(tmp_path: Path):
    shop(tmp_path)
    with agent(cwd=tmp_path) as one, agent(cwd=tmp_path) as other:
        one.send({"id": 1, "method": "initialize", "params": HELLO})
        other.send({"id": 1, "method": "initialize", "params": HELLO})
        assert "result" in one.read()
        assert "result" in other.read()
        assert len(list((tmp_path / ".micro").glob("*.sock"))) == 2


def test_nothing_that_code_prints_reaches_the_agent(tmp_path: Path):
    path = shop(tmp_path)
    loud = "import os\nprint('import')\nos.write(1, b'raw\\n')\nos.system('echo shell')\n"
    path.write_text(
        loud + path.read_text().replace("    return", "    print('in tool')\n    return")
    )
    with agent(cwd=tmp_path) as client:
        client.ask(1, "initialize", **HELLO)
        client.send({"method": "notifications/initialized"})
        answer = client.ask(2, "tools/call", name="shop_price", arguments={"item": "tea"})
        assert answer["result"]["content"][0]["text"] == "tea costs 1"


def test_a_runtime_that_cannot_start_is_told_to_the_agent_with_the_mend(tmp_path: Path):
    (tmp_path / "micro.toml").write_text("adress = 'x'\n")
    with agent(cwd=tmp_path) as client:
        refused = client.ask(1, "initialize", **HELLO)
        assert "unknown key 'adress'" in refused["error"]["message"]
        (tmp_path / "micro.toml").write_text("")
        shop(tmp_path)
        assert "result" in client.ask(2, "initialize", **HELLO)


def test_an_agents_session_outlives_a_crash_of_the_runtime_under_dev(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command, agent(cwd=tmp_path) as client:
        client.ask(1, "initialize", **HELLO)
        client.send({"method": "notifications/initialized"})
        runtime = record(tmp_path)["pid"]
        os.kill(runtime, signal.SIGKILL)
        eventually(lambda: not runs(runtime))
        answer = client.ask(2, "tools/call", name="shop_price", arguments={"item": "tea"})
        assert answer["result"]["content"][0]["text"] == "tea costs 1"
        assert record(tmp_path)["kind"] == "dev"
        command.event("call_started", tool="shop.price")


def test_serving_http_keeps_stdout_empty(tmp_path: Path):
    shop(tmp_path)
    with micro("mcp", "serve", "--address", "127.0.0.1:0", cwd=tmp_path) as command:
        address = command.line("ready").split()[-1].removesuffix("/mcp")
        command.line("loaded    shop")
        assert call(address, "shop.price", item="tea")["result"] == "tea costs 1"
        command.end()
        assert command.out == []


def test_the_tools_are_listed_with_and_without_a_running_runtime(tmp_path: Path):
    shop(tmp_path)
    alone = run("mcp", "list", cwd=tmp_path)
    assert alone.returncode == 0
    assert alone.stdout.splitlines()[1].split()[:3] == ["shop.price", "(item)", "-"]
    assert not (tmp_path / ".micro" / "runtime.json").exists()
    with dev(tmp_path) as command:
        command.event("service_loaded")
        assert run("mcp", "list", cwd=tmp_path).stdout == alone.stdout


def test_schemas_and_docs_are_written_where_they_are_wanted(tmp_path: Path):
    shop(tmp_path)
    with dev(tmp_path) as command:
        command.event("service_loaded")
        schemas = json.loads(run("mcp", "export", "json", cwd=tmp_path).stdout)
        assert json.loads(run("mcp", "list", "--json", cwd=tmp_path).stdout) == schemas
        docs = run("mcp", "docs", "--format", "json", "--out", "x/docs.json", cwd=tmp_path)
        assert docs.stderr == "micro: wrote x/docs.json\n"
        assert json.loads((tmp_path / "x" / "docs.json").read_text()) == schemas
        assert run("mcp", "docs", cwd=tmp_path).stdout.startswith("# shop\n")


def test_a_project_without_tools_says_how_to_get_one(tmp_path: Path):
    ended = run("mcp", "list", cwd=tmp_path)
    assert ended.returncode == 1
    assert "micro new hello" in ended.stderr


def test_where_the_code_does_not_load_that_is_told_once_and_nothing_else(tmp_path: Path):
    shop(tmp_path).write_text("from micro import Service\n\nshop = Service('A B')\n")
    ended = run("mcp", "list", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "micro: shop.py:3 does not load: 'A B' cannot name a service",
        "  take letters, digits, _ and -, beginning with a letter",
        f"micro: nothing of {tmp_path} is served",
        "  correct what does not load",
    ]


def test_a_service_whose_tools_nobody_imports_is_told_with_the_mend(tmp_path: Path):
    (tmp_path / "core.py").write_text("from micro import Service\n\norders = Service('orders')\n")
    (tmp_path / "read.py").write_text(
        "from core import orders\n\n\n@orders.tool\ndef get(id: int) -> int:\n    return id\n"
    )
    assert "the service orders has no tools" in run("mcp", "list", cwd=tmp_path).stderr
    with (tmp_path / "core.py").open("a") as core:
        core.write("\nimport read\n")
    listed = run("mcp", "list", cwd=tmp_path)
    assert "orders.get" in listed.stdout
    assert not listed.stderr


def test_where_the_settings_look_for_services_is_told_if_there_is_none(tmp_path: Path):
    shop(tmp_path)
    (tmp_path / "micro.toml").write_text("services = ['shops/*.py']\n")
    ended = run("mcp", "list", cwd=tmp_path)
    assert ended.returncode == 1
    assert "where services = ['shops/*.py'] looks" in ended.stderr
    assert "micro new" not in ended.stderr


def test_a_command_waits_for_code_that_talks_and_takes_long_to_load(tmp_path: Path):
    path = shop(tmp_path)
    # Longer than a runtime without clients goes on once something was told.
    path.write_text(f"import time\nprint('models')\ntime.sleep(1.5)\n{path.read_text()}")
    assert "shop.price" in run("mcp", "list", cwd=tmp_path).stdout


@pytest.mark.parametrize(("example", "count"), [("hello", 2), ("documented", 6)])
def test_every_example_serves_its_tools(tmp_path: Path, example: str, count: int):
    copy = tmp_path / example
    copy.mkdir()
    for path in (EXAMPLES / example).glob("*.py"):
        (copy / path.name).write_text(path.read_text())
    assert len(run("mcp", "list", example, cwd=tmp_path).stdout.splitlines()[1:]) == count


def test_a_service_that_micro_new_wrote_serves_its_tools(tmp_path: Path):
    assert run("new", "my-shop", cwd=tmp_path).returncode == 0
    listed = run("mcp", "list", "my-shop", cwd=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in listed[1:]] == ["my-shop.add_note", "my-shop.find_notes"]
