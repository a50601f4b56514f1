"""How long calls go without an answer when the process that runs the code is killed under load."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio

from bench.client import MODERN, McpClient, WrongAnswer, connect
from bench.connection import ConnectionEnded
from bench.harness import Options, Report, figure, progress, quantile
from bench.processes import BenchmarkFailed, process_tree, wait_until
from bench.projects import dev_runtime, project

KILLS, QUICK_KILLS = 20, 2
KILLS_EACH = 2
"""Kills of one runtime: a third in a row would be laid at the door of whoever has calls in it."""
CALLERS = 8
SETTLED = 2.5
"""Seconds of load before a kill: a host that ends sooner is replaced after a pause."""
ANSWER_TIMEOUT = 20.0

HOW = """\
`micro dev` on a project of 1 and of 100 services, called over HTTP (2026-07-28) without a pause by
8 callers, each on one connection. The host, which runs all of the project's code, is killed
(SIGKILL); from then on one more caller calls until it gets a good answer, which is the time shown:
"called" asks a service that the callers call, "another" the last one, which nobody has called.
"failed" is how many calls of the 8 failed for each kill (those that were in the host, one each as a
rule), "later" how many failed after the first good answer. No connection was closed. Each runtime
has its host killed twice."""

COLUMNS = ("services", "asked", "kills", "p50 ms", "p95 ms", "worst ms", "failed", "later")


@dataclass(slots=True, kw_only=True)
class Load:
    """Callers that call on, whatever comes back."""

    failed: int = 0
    late: int = 0
    answered: bool = True
    over: bool = False

    async def call_on(self, client: McpClient) -> None:
        """Call until it is over."""
        while not self.over:
            try:
                await client.call(1, 1)
            except WrongAnswer:
                self.failed += 1
                self.late += self.answered


@dataclass(slots=True, kw_only=True)
class Case:
    """A project of some size, and what came of its kills."""

    services: int
    called: list[float] = field(default_factory=list[float])
    another: list[float] = field(default_factory=list[float])
    failed: int = 0
    late: int = 0


def run(options: Options) -> Report:
    """Kill hosts of small and large projects.

    Raises:
        BenchmarkFailed: The runtime does not start, or nothing answers any more.
    """
    kills = QUICK_KILLS if options.quick else KILLS
    cases = [Case(services=1), Case(services=100)]
    for number in range(0, kills, KILLS_EACH):
        for case in cases:
            progress(f"host_killed: {case.services} services, kill {number + 1} of {kills}")
            names = [f"bench{number}" for number in range(case.services)]
            with project(*names) as root, dev_runtime(root) as (running, process):
                try:
                    anyio.run(_measure, case, running.port, process.pid)
                except (ConnectionEnded, OSError) as error:
                    raise process.failed(f"broke a connection: {error}") from error
    rows = [row for case in cases for row in _rows(case)]
    return Report(
        title=f"Host killed under load, {kills} kills each", how=HOW, columns=COLUMNS, rows=rows
    )


async def _measure(case: Case, port: int, runtime: int) -> None:
    load = Load()
    last = case.services - 1
    clients = [
        await connect(port, tool=f"bench{number % min(case.services, 4)}_add", era=MODERN)
        for number in range(CALLERS)
    ]
    probes = [await connect(port, tool=f"bench{place}_add", era=MODERN) for place in (0, last)]
    async with anyio.create_task_group() as tasks:
        for client in clients:
            tasks.start_soon(load.call_on, client)
        for probe, took in zip(probes, (case.called, case.another), strict=True):
            await anyio.sleep(SETTLED)
            took.append(await _kill(_host_of(runtime), probe, load))
        await anyio.sleep(0.2)
        load.over = True
    case.failed += load.failed
    case.late += load.late
    for client in [*clients, *probes]:
        await client.close()


async def _kill(host: int, probe: McpClient, load: Load) -> float:
    """Kill a host; give the seconds to the first good answer."""
    load.answered = False
    began = time.perf_counter()
    os.kill(host, signal.SIGKILL)
    with anyio.fail_after(ANSWER_TIMEOUT):
        while True:
            try:
                await probe.call(1, 1)
            except WrongAnswer:
                continue
            load.answered = True
            return time.perf_counter() - began


def _host_of(runtime: int) -> int:
    """Give the process that was forked for the code: the child of the runtime's only child."""
    if not wait_until(lambda: len(process_tree(runtime)) > 2, within=ANSWER_TIMEOUT):
        raise BenchmarkFailed("the runtime has no host")
    return process_tree(runtime)[2]


def _rows(case: Case) -> Sequence[Sequence[str]]:
    kills = len(case.called) + len(case.another)
    rows: list[list[str]] = []
    for asked, seconds in (("called", case.called), ("another", case.another)):
        took = [each * 1e3 for each in seconds]
        row = [str(case.services), asked, str(len(took))]
        row += [figure(quantile(took, share), 1) for share in (0.5, 0.95)]
        rows.append([*row, figure(max(took), 1), figure(case.failed / kills, 1), str(case.late)])
    return rows
