"""What more processes for the code are worth: a tool that computes, and one that does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.client import MODERN
from bench.harness import Options, Report, figure, middle, rounds_of
from bench.load import Order, Outcome, ask_for, load_command
from bench.processes import BenchmarkFailed, child, process_tree, wait_until
from bench.projects import dev_runtime, project

WORKERS = (1, 2)
CALLERS = 16
SECONDS, QUICK_SECONDS = 4.0, 0.5
START_TIMEOUT = 30.0

HOW = f"""\
`micro dev` on a project of one service, with `workers` in its settings, called over HTTP
(2026-07-28) without a pause by {CALLERS} connections. "computes" is a sync tool that computes for
2 ms of its thread's CPU time, "adds" an async one that only adds. Neither server nor load is bound
to a core, so what is left of the machine is the load's. "CPU ms" is of all processes of the server
for a call. Medians over the rounds, the cases of a round one after the other."""

COLUMNS = ("tool", "workers", "calls/s", "CPU ms", "p50 ms", "p99 ms", "against one")

_SERVICE = '''\
import time

from micro import Service

bench = Service("bench")


@bench.tool
def computes(a: int, b: int) -> int:
    """Compute for 2 ms, and add."""
    end = time.thread_time() + 0.002
    while time.thread_time() < end:
        sum(range(50))
    return a + b


@bench.tool
async def adds(a: int, b: int) -> int:
    """Add."""
    return a + b
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tool, how many processes run it, and what came of each round."""

    tool: str
    workers: int
    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    @property
    def rate(self) -> float:
        """Calls a second."""
        return middle(each.calls / each.wall for each in self.outcomes)


def run(options: Options) -> Report:
    """Measure each tool with each number of processes.

    Raises:
        BenchmarkFailed: A runtime does not start, or has too few processes.
    """
    seconds = QUICK_SECONDS if options.quick else SECONDS
    cases = [Case(tool=tool, workers=count) for tool in ("computes", "adds") for count in WORKERS]
    with ExitStack() as running:
        load = running.enter_context(child(load_command(), reads=True))
        ports: dict[int, tuple[int, int]] = {}
        for count in WORKERS:
            ports[count] = _started(count, running)
        for _, case in rounds_of(cases, options.rounds):
            port, pid = ports[case.workers]
            order = Order(
                port=port,
                pid=pid,
                tool=f"bench_{case.tool}",
                era=MODERN,
                connections=CALLERS,
                seconds=seconds,
                limit=1_000_000,
            )
            case.outcomes.append(ask_for(load, order))
    faults = [each.first_error for case in cases for each in case.outcomes if each.errors]
    return Report(
        title="One and two processes for the code",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case, cases) for case in cases],
        faults=faults,
    )


def _started(workers: int, running: ExitStack) -> tuple[int, int]:
    """Start a runtime with so many processes for the code; give its port and its id."""
    root = running.enter_context(project())
    (root / "bench.py").write_text(_SERVICE)
    (root / "micro.toml").write_text(f"workers = {workers}\n")
    found, process = running.enter_context(dev_runtime(root))
    others = 2  # the runtime itself, and what the hosts are forked from
    if not wait_until(
        lambda: len(process_tree(process.pid)) >= others + workers,
        within=START_TIMEOUT,
        process=process,
    ):
        raise BenchmarkFailed(f"the runtime has not got {workers} hosts")
    return found.port, process.pid


def _row(case: Case, cases: Sequence[Case]) -> list[str]:
    calls = [each for each in case.outcomes if each.calls]
    alone = next(each for each in cases if each.tool == case.tool and each.workers == 1)
    return [
        case.tool,
        str(case.workers),
        figure(case.rate),
        figure(middle(each.cpu / each.calls * 1e3 for each in calls), 2),
        figure(middle(each.p50 * 1e3 for each in calls), 1),
        figure(middle(each.p99 * 1e3 for each in calls), 1),
        f"{case.rate / alone.rate:.2f} x",
    ]
