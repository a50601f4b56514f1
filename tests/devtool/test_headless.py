"""The runtime that a bridge starts: its first zygote is a fork of it, and ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtool.fake_runtime import Agent, agent, eventually
from devtool.harness import record, runs, shop
from patience import DEADLINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hosts are forked on Linux alone")


@contextmanager
def started(root: Path) -> Generator[Agent]:
    """Give an agent whose bridge has started a runtime for the service ``shop``."""
    shop(root)
    (root / "micro.toml").touch()
    with agent(cwd=root) as client:
        info = {"clientInfo": {"name": "t", "version": "1"}, "capabilities": {}}
        client.ask(1, "initialize", protocolVersion="2025-11-25", **info)
        client.send({"method": "notifications/initialized"})
        yield client


def price(client: Agent, id: int) -> str:
    arguments = {"item": "tea"}
    answer = client.ask(id, "tools/call", name="shop_price", arguments=arguments)
    while "method" in answer:
        answer = client.read()
    return answer["result"]["content"][0]["text"]


def children(pid: int) -> list[int]:
    listed = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for each in listed for child in each]


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_the_first_host_comes_from_a_fork_of_the_runtime(tmp_path: Path):
    with started(tmp_path) as client:
        assert price(client, 2) == "tea costs 1"
        runtime = record(tmp_path)["pid"]
        assert record(tmp_path)["kind"] == "headless"
        (zygote,) = children(runtime)
        assert command_of(zygote) == command_of(runtime)
        assert os.getsid(zygote) == zygote
        assert len(children(zygote)) == 1


def test_the_next_host_comes_from_it_too(tmp_path: Path):
    with started(tmp_path) as client:
        assert price(client, 2) == "tea costs 1"
        (zygote,) = children(record(tmp_path)["pid"])
        (host,) = children(zygote)
        os.kill(host, signal.SIGKILL)
        eventually(lambda: children(zygote) not in ([], [host]))
        assert price(client, 3) == "tea costs 1"


def test_nothing_is_left_of_a_runtime_that_is_killed(tmp_path: Path):
    with started(tmp_path):
        runtime = record(tmp_path)["pid"]
        (zygote,) = children(runtime)
        (host,) = children(zygote)
    os.kill(runtime, signal.SIGKILL)
    for pid in (runtime, zygote, host):
        eventually(lambda pid=pid: not runs(pid))


def test_wrong_settings_are_said_and_end_both(tmp_path: Path):
    (tmp_path / "micro.toml").write_text("unheard_of = 1\n")
    command = [sys.executable, "-P", "-m", "micro_devtool.headless", str(tmp_path)]
    ended = subprocess.run(command, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
    assert ended.returncode == 2
    assert b"unheard_of" in ended.stderr
    eventually(lambda: not processes_that_name(tmp_path))


def processes_that_name(root: Path) -> list[str]:
    """Give the processes in whose command the folder stands."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(root).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:  # it ended meanwhile
            continue
    return found
