"""A project on a system without fork, Unix sockets, and pipes that can be waited for (Windows)."""

import json
from pathlib import Path

import pytest

from devtool.bridge.test_runtimes import SERVICE, greet, price
from devtool.fake_runtime import agent
from devtool.harness import dev, record

LACKING = ("MICRO_NO_FORK", "MICRO_NO_UNIX_SOCKETS", "MICRO_NO_POLL")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in LACKING:
        monkeypatch.setenv(name, "1")
    (tmp_path / "micro.toml").touch()
    (tmp_path / "shop.py").write_text(SERVICE)
    return tmp_path


def test_an_agent_calls_a_save_is_served_and_the_runtime_stops(project: Path):
    with dev(project), agent(cwd=project) as client:
        greet(client)
        assert price(client, 2)["result"]["structuredContent"] == {"result": "tea costs 1"}
        (project / "shop.py").write_text(SERVICE.replace("costs 1", "costs 20"))
        assert price(client, 3)["result"]["structuredContent"] == {"result": "tea costs 20"}
        port, _, secret = Path(record(project)["mcp"]).read_bytes().partition(b" ")
        assert int(port) and len(secret) == 65
    assert not (project / ".micro" / "runtime.json").exists()
    assert not list((project / ".micro").glob("*.sock"))


def test_an_agent_starts_the_runtime_itself(project: Path):
    with agent(cwd=project) as client:
        greet(client)
        assert price(client, 2)["result"]["structuredContent"] == {"result": "tea costs 1"}
        assert json.loads((project / ".micro" / "runtime.json").read_bytes())["kind"] == "headless"
