"""How long after a save others serve the new code, beside micro, saved and called in turn."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio

from bench.client import LEGACY, MODERN, Era, McpClient, WrongAnswer, connect
from bench.connection import ConnectionEnded
from bench.harness import Options, Report, figure, progress, quantile
from bench.processes import REPOSITORY, Child, child
from bench.projects import dev_runtime, project, service_text

SAVES, QUICK_SAVES = 10, 2
PAUSE = 1.0
"""Seconds from one new answer to the next save: what watches by polling has to be at rest."""
BETWEEN_CALLS = 0.002
NEW_CODE_TIMEOUT = 60.0

FASTMCP = """\
from fastmcp import FastMCP

server = FastMCP("bench")


@server.tool
async def add(a: int, b: int) -> int:
    \"\"\"Add two numbers.\"\"\"
    return a + b + {constant}
"""
SDK = """\
from mcp.server import MCPServer

server = MCPServer("bench", log_level="ERROR")


@server.tool()
async def add(a: int, b: int) -> int:
    \"\"\"Add two numbers.\"\"\"
    return a + b + {constant}


app = server.streamable_http_app(json_response=True)
"""

HOW = """\
One file with one tool, saved in place; every server in turn, each watching a folder of its own. At
once after the save the tool is called over HTTP (2026-07-28), and again 2 ms after each answer or
failure until an answer comes from the new code: the time runs from before the write to that answer.
"old answers" and "failed" are counted in between, for each save; a call fails where the connection
is refused or cut. `fastmcp run --reload` and `uvicorn --reload`, which serves the MCP SDK's
`MCPServer`, start a new process for each save, with their default settings otherwise. `mcp-hmr`
reloads modules in place; it needs Python 3.12 and FastMCP 2, so it runs in a virtualenv of its own,
and speaks 2025-11-25."""
HMR = ("mcp-hmr==0.0.3.5", "fastmcp==2.14.7")
HMR_PYTHONS = ("python3.13", "python3.12", "python3.14")

Command = Callable[[Path, int], list[str]]

COLUMNS = ("server", "saves", "p50 ms", "p95 ms", "old answers", "failed")


@dataclass(slots=True, kw_only=True)
class Peer:
    """A server that runs, and what was measured of it."""

    name: str
    file: Path
    text: str
    port: int
    tool: str
    process: Child
    era: Era = MODERN
    client: McpClient | None = None
    took: list[float] = field(default_factory=list[float])
    old_answers: int = 0
    failed: int = 0


def run(options: Options) -> Report:
    """Measure every server.

    Raises:
        BenchmarkFailed: One does not start, or a save is never served.
    """
    saves = QUICK_SAVES if options.quick else SAVES
    with ExitStack() as stack:
        peers = [
            stack.enter_context(_micro()),
            stack.enter_context(_peer("fastmcp run --reload", FASTMCP, _fastmcp_command)),
            stack.enter_context(_peer("uvicorn --reload, SDK", SDK, _uvicorn_command)),
        ]
        if hmr := _hmr_environment():
            command = partial(_hmr_command, hmr)
            peers.append(stack.enter_context(_peer("mcp-hmr", FASTMCP, command, era=LEGACY)))
        anyio.run(_measure, peers, saves)
    return Report(
        title=f"Reload beside others: save to first new answer, {saves} saves each",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(peer) for peer in peers],
    )


@contextmanager
def _micro() -> Generator[Peer]:
    with project("bench") as root, dev_runtime(root) as (running, process):
        yield Peer(
            name="micro dev",
            file=root / "bench.py",
            text=service_text("bench").decode().replace("+ 0", "+ {constant}"),
            port=running.port,
            tool="bench_add",
            process=process,
        )


@contextmanager
def _peer(name: str, text: str, command: Command, *, era: Era = MODERN) -> Generator[Peer]:
    with project() as root, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        free.close()
        file = root / "served.py"
        file.write_text(text.format(constant=0))
        with child(command(file, port), folder=root) as process:
            yield Peer(
                name=name, file=file, text=text, port=port, tool="add", era=era, process=process
            )


def _fastmcp_command(file: Path, port: int) -> list[str]:
    served = ["--transport", "http", "--port", str(port), "--no-banner", "--log-level", "ERROR"]
    # It starts itself again by name, so it has to be found.
    path = f"PATH={Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    return ["env", path, "fastmcp", "run", str(file), "--reload", *served]


def _uvicorn_command(file: Path, port: int) -> list[str]:
    served = ["--port", str(port), "--log-level", "error", "--app-dir", str(file.parent)]
    return [sys.executable, "-m", "uvicorn", "served:app", "--reload", *served]


def _hmr_command(environment: Path, file: Path, port: int) -> list[str]:
    served = ["-t", "http", "--host", "127.0.0.1", "--port", str(port), "-l", "ERROR"]
    return [str(environment / "bin" / "mcp-hmr"), f"{file}:server", *served]


def _hmr_environment() -> Path | None:
    """Give the virtualenv of mcp-hmr, made once; ``None`` if there is no Python or no registry."""
    folder = REPOSITORY / ".cache" / "bench" / "-".join(HMR).replace("==", "-")
    if (folder / "bin" / "mcp-hmr").exists():
        return folder
    for python in filter(None, map(shutil.which, HMR_PYTHONS)):
        made = subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=False)
        pip = [str(folder / "bin" / "pip"), "install", "-q", *HMR]
        if not made.returncode and not subprocess.run(pip, check=False).returncode:
            return folder
    progress("reload_peers: mcp-hmr is left out: it needs Python 3.12 and a registry")
    return None


async def _measure(peers: list[Peer], saves: int) -> None:
    for peer in peers:
        progress(f"reload_peers: {peer.name}")
        await _until_new(peer, 0)
        peer.old_answers = peer.failed = 0
    for number in range(1, saves + 1):
        progress(f"reload_peers: save {number} of {saves}")
        for peer in peers:
            await anyio.sleep(PAUSE)
            began = time.perf_counter()
            peer.file.write_text(peer.text.replace("{constant}", str(number)))
            await _until_new(peer, number)
            peer.took.append(time.perf_counter() - began)


async def _until_new(peer: Peer, constant: int) -> None:
    until = time.perf_counter() + NEW_CODE_TIMEOUT
    while time.perf_counter() < until:
        try:
            if peer.client is None:
                peer.client = await connect(peer.port, tool=peer.tool, era=peer.era)
            with anyio.fail_after(NEW_CODE_TIMEOUT):
                if await peer.client.call(0, 0) == constant:
                    return
            peer.old_answers += 1
        except (OSError, ConnectionEnded, WrongAnswer):
            peer.client = None
            peer.failed += 1
        await anyio.sleep(BETWEEN_CALLS)
    raise peer.process.failed(f"served no new code within {NEW_CODE_TIMEOUT:g} s")


def _row(peer: Peer) -> list[str]:
    took = [each * 1e3 for each in peer.took]
    return [
        peer.name,
        str(len(took)),
        figure(quantile(took, 0.5), 1),
        figure(quantile(took, 0.95), 1),
        figure(peer.old_answers / len(took), 1),
        figure(peer.failed / len(took), 1),
    ]
