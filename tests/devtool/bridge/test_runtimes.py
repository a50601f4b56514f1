"""Agents' bridges and real runtimes: found from anywhere, shared, restarted, taken over."""

import json
import os
import signal
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from devtool.fake_runtime import Agent, agent, eventually
from devtool.harness import dev, record, runs

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}}
SERVICE = '''
import os, time
from micro import Service

print("at import")
os.write(1, b"to descriptor 1\\n")
shop = Service("shop")


@shop.tool
def price(item: str) -> str:
    """Give the price of an item."""
    print("in a call")
    os.system("echo from a child")
    return f"{item} costs 1"


@shop.tool
def slow() -> str:
    """Take long."""
    open("began", "w").close()
    time.sleep(30)
    return "done"
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "micro.toml").touch()
    (tmp_path / "shop.py").write_text(SERVICE)
    (tmp_path / "deep" / "down").mkdir(parents=True)
    return tmp_path


def greet(client: Agent, name: str = "t") -> None:
    client.ask(1, "initialize", clientInfo={"name": name, "version": "1"}, **HELLO)
    client.send({"method": "notifications/initialized"})


def price(client: Agent, id: int, item: str = "tea") -> dict[str, Any]:
    answer = client.ask(id, "tools/call", name="shop_price", arguments={"item": item})
    while "method" in answer:
        answer = client.read()
    assert answer["id"] == id
    return answer


def text(answer: dict[str, Any]) -> str:
    return answer["result"]["content"][0]["text"]


def test_whatever_a_service_prints_an_agent_reads_nothing_but_messages(project: Path):
    with agent(cwd=project) as client:
        greet(client)
        for number in range(2, 5):
            assert text(price(client, number)) == "tea costs 1"


def test_agents_in_any_folder_of_a_project_share_its_runtime(project: Path):
    folders = [project, project / "deep", project / "deep" / "down"]
    with dev(project) as command, ExitStack() as stack:
        clients = [stack.enter_context(agent(cwd=folder)) for folder in folders]
        for number, client in enumerate(clients):
            greet(client, f"agent-{number}")
        for client in clients:
            client.send(
                {
                    "id": 7,
                    "method": "tools/call",
                    "params": {"name": "shop_price", "arguments": {"item": str(id(client))}},
                }
            )
        for client in clients:
            assert text(client.read()) == f"{id(client)} costs 1"
        for number in range(len(clients)):
            command.event("client_connected", client=f"agent-{number}", door="stdio")


def test_a_call_in_flight_is_answered_when_the_runtime_dies_and_the_next_one_by_its_successor(
    project: Path,
):
    with dev(project), agent(cwd=project) as client:
        greet(client)
        first = record(project)["pid"]
        client.send({"id": 2, "method": "tools/call", "params": {"name": "shop_slow"}})
        eventually((project / "began").exists)
        os.kill(first, signal.SIGKILL)
        refused = client.read()
        assert refused["id"] == 2
        assert refused["result"]["isError"] is True
        assert refused["result"]["_meta"] == {"micro/retryable": True}
        assert text(price(client, 3)) == "tea costs 1"
        assert record(project)["pid"] != first


def test_a_headless_runtime_takes_over_from_dev_and_every_agent_stays(project: Path):
    with ExitStack() as stack:
        clients = [stack.enter_context(agent(cwd=project)) for _ in range(2)]
        with dev(project) as command:
            for client in clients:
                greet(client)
                assert text(price(client, 2)) == "tea costs 1"
            assert command.end() == 130
        for client in clients:
            client.send(
                {
                    "id": 3,
                    "method": "tools/call",
                    "params": {"name": "shop_price", "arguments": {"item": "milk"}},
                }
            )
        for client in clients:
            assert text(client.read()) == "milk costs 1"
        headless = record(project)
        assert headless["kind"] == "headless"
        eventually(lambda: runs(headless["pid"]))
    eventually(lambda: not runs(headless["pid"]))


def test_what_a_killed_runtime_left_behind_is_in_nobodys_way(project: Path):
    with dev(project) as command:
        pid = record(project)["pid"]
        command.end(signal.SIGKILL)
        eventually(lambda: not runs(pid))
    stale = project / ".micro" / "mcp.sock"
    if not stale.exists():
        leave_socket(stale)
    left = {"pid": pid, "kind": "dev", "version": "0", "addresses": [], "control": ""}
    (project / ".micro" / "runtime.json").write_text(json.dumps({**left, "mcp": str(stale)}))
    with agent(cwd=project) as client:
        greet(client)
        assert text(price(client, 2)) == "tea costs 1"
        assert record(project)["pid"] != pid


def leave_socket(path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def test_only_the_owner_can_reach_a_runtime(project: Path):
    before = os.umask(0)
    try:
        with dev(project):
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode)
                for path in (project / ".micro").iterdir()
            }
            folder = stat.S_IMODE((project / ".micro").stat().st_mode)
    finally:
        os.umask(before)
    assert folder == 0o700
    assert modes["mcp.sock"] == modes["control.sock"] == 0o600
    assert modes["runtime.json"] == modes["runtime.lock"] == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_state_folder_of_another_user_is_refused(project: Path):
    (project / ".micro").mkdir(mode=0o700)
    os.chown(project / ".micro", 65534, 65534)
    with agent(cwd=project) as client:
        refused = client.ask(1, "initialize", clientInfo={"name": "t", "version": "1"}, **HELLO)
        assert "belongs to another user" in refused["error"]["message"]
