"""How long commands take to start, in CPU and on the clock, and an agent's server to answer."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

from bench.client import LEGACY
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.processes import BenchmarkFailed, child, cpu_seconds, wait_until
from bench.processes import run as run_command
from bench.projects import announced, dev_runtime, project

ANSWER_TIMEOUT = 30.0

HOW = """\
Each command is a new process, run in turn with the others; medians over the rounds, "worst" is the
slowest. The commands of the first part run to their end. Those of the second are spawned as agents
do it, with `initialize` and, once that is answered, a `tools/call` on stdin: the clock stops when
the answer of that name has been read, CPU is what the spawned process had used by then. "attaches"
finds the project's runtime running, "starts" finds none and starts one (in a process of its own,
whose CPU is not in the figure)."""

COLUMNS = ("command", "CPU ms", "wall ms", "worst ms")

Sample = tuple[float, float]
"""CPU and wall seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something that starts; ``measure`` gives a sample for each of the labels."""

    labels: Sequence[str]
    measure: Callable[[], Sequence[Sample]]
    samples: list[Sequence[Sample]] = field(default_factory=list[Sequence[Sample]])


def run(options: Options) -> Report:
    """Measure every command.

    Raises:
        BenchmarkFailed: One does not run.
    """
    with ExitStack() as running:
        shared = running.enter_context(project("bench"))
        running.enter_context(dev_runtime(shared))
        alone = running.enter_context(_headless_project())
        cases = [*_commands(), *_agents(shared, alone)]
        progress("startup: first starts")
        for case in cases:
            case.measure()
        for _, case in rounds_of(cases, options.rounds):
            case.samples.append(case.measure())
    rows = [
        [label, *_figures([sample[place] for sample in case.samples])]
        for case in cases
        for place, label in enumerate(case.labels)
    ]
    title = f"Start, {options.rounds} rounds"
    return Report(title=title, how=HOW, columns=COLUMNS, rows=rows)


def _figures(samples: Sequence[Sample]) -> list[str]:
    walls = [wall * 1e3 for _, wall in samples]
    cpu = middle(cpu * 1e3 for cpu, _ in samples)
    return [figure(cpu), figure(middle(walls)), figure(max(walls))]


def _commands() -> list[Case]:
    scripts = Path(sys.executable).parent
    commands: dict[str, list[str]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import micro": [sys.executable, "-c", "import micro"],
        "import mcp": [sys.executable, "-c", "import mcp"],
        "import fastmcp": [sys.executable, "-c", "import fastmcp"],
        "from fastmcp import FastMCP": [sys.executable, "-c", "from fastmcp import FastMCP"],
        "micro --help": [str(scripts / "micro"), "--help"],
        "fastmcp --help": [str(scripts / "fastmcp"), "--help"],
    }
    return [
        Case(labels=[label], measure=_whole_run(command)) for label, command in commands.items()
    ]


def _whole_run(command: Sequence[str]) -> Callable[[], Sequence[Sample]]:
    def measure() -> Sequence[Sample]:
        return [run_command(command)]

    return measure


def _agents(shared: Path, alone: Path) -> list[Case]:
    bridge = [str(Path(sys.executable).parent / "micro"), "mcp", "serve"]
    peer = [sys.executable, "-m", "bench.servers"]

    def attaches() -> Sequence[Sample]:
        return _to_answers([*bridge, str(shared)], "bench_add")

    def starts() -> Sequence[Sample]:
        try:
            return _to_answers([*bridge, str(alone)], "bench_add")
        finally:
            _end_headless(alone)

    def stdio(name: str, tool: str = "add") -> Callable[[], Sequence[Sample]]:
        return lambda: _to_answers([*peer, name], tool)

    measured = {
        "micro mcp serve, attaches": attaches,
        "micro mcp serve, starts": starts,
        'micro.serve(service, "stdio")': stdio("micro_stdio", "bench_add"),
        "SDK MCPServer, stdio": stdio("sdk_stdio"),
        "FastMCP, stdio": stdio("fastmcp_stdio"),
    }
    return [
        Case(labels=[f"{label}: initialize", f"{label}: tools/call"], measure=measure)
        for label, measure in measured.items()
    ]


def _to_answers(command: Sequence[str], tool: str) -> tuple[Sample, Sample]:
    """Spawn a server of stdio; give how long its first answer and its first result took."""
    info = {"name": "bench", "version": "1"}
    hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": info}
    began = time.perf_counter()
    with child(command, reads=True) as server:

        def ask(number: int, method: str, params: dict[str, Any]) -> tuple[dict[str, Any], Sample]:
            request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            server.write_line(json.dumps(request).encode())
            while True:
                answer: dict[str, Any] = json.loads(server.read_line(within=ANSWER_TIMEOUT))
                if answer.get("id") == number:
                    break
            wall = time.perf_counter() - began
            return answer, (cpu_seconds(server.pid), wall)

        answer, first = ask(1, "initialize", hello)
        if "result" not in answer:
            raise BenchmarkFailed(f"{command[-1]} does not shake hands: {answer}")
        server.write_line(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        answer, second = ask(2, "tools/call", {"name": tool, "arguments": {"a": 1, "b": 2}})
        if answer.get("result", {}).get("structuredContent") != {"result": 3}:
            raise BenchmarkFailed(f"{command[-1]} gives the wrong result: {answer}")
    return first, second


@contextmanager
def _headless_project() -> Generator[Path]:
    """Give a project that nothing serves; what the bridge starts for it is ended with it."""
    with project("bench") as root:
        try:
            yield root
        finally:
            _end_headless(root)


def _end_headless(root: Path) -> None:
    """End the runtime that a bridge started, and wait until it is gone."""
    running = announced(root)
    if running is None:
        return
    with suppress(ProcessLookupError):
        os.kill(running.pid, SIGTERM)
    if not wait_until(lambda: not Path(f"/proc/{running.pid}").exists(), within=10):
        raise BenchmarkFailed(f"the runtime {running.pid} does not end")
