"""`--workers`: several processes run the code, and what is behind them is one as before."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError

from devtool.harness import DEADLINE, Micro, micro, record, run
from micro.config import load_project
from micro_devtool import runtimeflags
from micro_devtool.runtimeflags import RuntimeFlags

CORES = len(os.sched_getaffinity(0))

BUSY = """
import os, time
from pathlib import Path
from micro import Service

busy = Service("busy")

@busy.tool
def meet(name: str, others: int) -> int:
    "Wait until so many calls are here at once, each in its thread."
    folder = Path(__file__).parent / "met"
    folder.mkdir(exist_ok=True)
    (folder / name).touch()
    while len(list(folder.iterdir())) < others:
        time.sleep(0.005)
    return os.getpid()

@busy.tool(rate_limit="10/h burst 10")
def few() -> int:
    "Ten an hour."
    return os.getpid()
"""


def serve(root: Path, *options: str) -> Any:
    (root / "busy.py").write_text(BUSY)
    return micro("mcp", "serve", str(root), "--address", "127.0.0.1:0", *options, cwd=root)


def hosts(root: Path) -> list[str]:
    checks = json.loads(run("doctor", str(root), "--json", cwd=root).stdout)
    return [check["found"] for check in checks if check["what"] == "host"]


def url_of(running: Micro, root: Path, hosts: int) -> str:
    running.until((root / ".micro" / "runtime.json").is_file)
    running.until(lambda: sum("takes calls" in line for line in running.err) >= hosts)
    return str(record(root)["addresses"][0]) + "/mcp"


async def values(url: str, tool: str, arguments: list[dict[str, Any]]) -> list[Any]:
    """Call a tool so many times at once, by one client; a refusal is ``None``."""
    found: list[Any] = []

    async def call(client: Client, given: dict[str, Any]) -> None:
        try:
            result = await client.call_tool(tool, given)
        except MCPError:
            found.append(None)
            return
        found.append(None if result.is_error else (result.structured_content or {})["result"])

    with anyio.fail_after(DEADLINE):
        async with Client(url) as client, anyio.create_task_group() as tasks:
            for given in arguments:
                tasks.start_soon(call, client, given)
    return found


async def test_sync_calls_of_a_real_client_run_in_two_processes_behind_one_limit_and_one_audit_log(
    tmp_path: Path,
):
    with serve(tmp_path, "--workers", "2") as running:
        url = url_of(running, tmp_path, 2)
        names = [{"name": str(number), "others": 4} for number in range(4)]
        met = Counter(await values(url, "busy_meet", names))
        assert sorted(met.values()) == [2, 2]
        allowed = await values(url, "busy_few", [{}] * 16)
        assert len([pid for pid in allowed if pid is not None]) == 10
        found = await anyio.to_thread.run_sync(hosts, tmp_path)
        assert len(found) == 2
        assert {found[0].split(",")[0], found[1].split(",")[0]} == {f"process {p}" for p in met}
        assert running.end() == 130
    verified = run("audit", "verify", cwd=tmp_path)
    assert verified.returncode == 0, verified.stderr
    assert len(run("audit", "tail", "-n", "100", "--json", cwd=tmp_path).stdout.splitlines()) == 20


@pytest.mark.parametrize(
    ("settings", "flag", "workers"),
    [("", "", 1), ("3", "", 3), ("3", "2", 2), ('"auto"', "", CORES)],
)
def test_the_flag_goes_before_the_settings(tmp_path: Path, settings: str, flag: str, workers: int):
    (tmp_path / "micro.toml").write_text(f"workers = {settings}" if settings else "")
    parser = argparse.ArgumentParser()
    runtimeflags.add_to(parser)
    options = parser.parse_args(RuntimeFlags(workers=flag).arguments())
    assert runtimeflags.apply(options, load_project(tmp_path).settings).workers == workers


def test_workers_that_are_none_are_refused(tmp_path: Path):
    (tmp_path / "busy.py").write_text(BUSY)
    done = run("mcp", "serve", ".", "--address", "127.0.0.1:0", "--workers", "0", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "micro: '0' is no number of workers",
        "  write 1 to 64, or auto",
    ]
    done = run("mcp", "serve", ".", "--workers", "2", cwd=tmp_path)
    assert done.returncode == 2
    assert "add --address" in done.stderr
