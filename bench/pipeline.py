"""What the gateway's stages add to a call, one by one and all together, in CPU."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field

import anyio

from bench.client import MODERN
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.http_call import Target, started
from bench.load import Order, ask_for, load_command
from bench.pipelines import SINGLE, everything, gateway
from bench.processes import LOAD_CORE, child
from micro.calls import Caller
from micro.gateway.gateway import Gateway
from micro.stores import audit, history

TASKS = 32
"""Calls in flight at once."""
SETTLED = 2 * (history.PAUSE + audit.PAUSE)
"""Seconds after which the stores have written what they were given."""

HOW = f"""\
The first part calls the gateway in this process: a tool `async def add(a: int, b: int) -> int` from
{TASKS} tasks, without a stage, with each stage alone, and with all of them as a library's server
has them (trace and ledger, audit log kept before the answer, a scope, rate limits of all calls and
of each subject, admission, the calls kept in SQLite). Time is CPU of the whole process, its writing
threads included until they have written all of it. The second part calls the same over HTTP,
{TASKS} connections of a client that never sleeps, CPU of the server's process: with no stage at
all, as `micro.asgi(service)` is, and with everything on, a token checked for each request. "added"
is the median of the differences to the first row of its part in the same round. Rounds run every
case in turn, every second round backwards."""

COLUMNS = ("what is on", "CPU µs/call", "added")
FIRST, ALL = "no stage", "everything"
OVER_HTTP = {
    "micro_stageless": "HTTP, no stage",
    "micro_library": "HTTP, as it is by default",
    "micro_full": "HTTP, everything",
}

SCOPED = Caller(door="memory", subject="alice", scopes=("bench:*",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pipeline and what a call of it cost in each round, in microseconds."""

    label: str
    costs: list[float] = field(default_factory=list[float])


def run(options: Options) -> Report:
    """Measure every pipeline.

    Raises:
        BenchmarkFailed: A server does not start.
    """
    inside = anyio.run(_inside, options, backend_options={"use_uvloop": True})
    faults = list[str]()
    over = _over_http(options, faults)
    return Report(
        title=f"What the pipeline adds, {options.rounds} rounds",
        how=HOW,
        columns=COLUMNS,
        rows=[*_rows(inside), *_rows(over)],
        faults=faults,
    )


async def _inside(options: Options) -> list[Case]:
    calls = 320 if options.quick else 6_400
    async with AsyncExitStack() as running:
        gateways: dict[str, Gateway] = {FIRST: await running.enter_async_context(gateway())}
        for label, (stages, asked) in SINGLE.items():
            gateways[label] = await running.enter_async_context(gateway(stages, asked))
        whole = await running.enter_async_context(everything())
        gateways[ALL] = whole.serving.runtime.gateway
        cases = [Case(label=label) for label in gateways]
        for case in cases:
            await _call(gateways[case.label], calls // 10)
        for _, case in rounds_of(cases, options.rounds):
            settled = SETTLED if case.label == ALL else 0.0
            case.costs.append(await _call(gateways[case.label], calls, settled=settled))
    return cases


async def _call(called: Gateway, calls: int, *, settled: float = 0.0) -> float:
    """Give the CPU microseconds of one call out of so many.

    Args:
        called: What is called.
        calls: How often.
        settled: Seconds after which all that is written a while later has been written.
    """

    async def some() -> None:
        for _ in range(calls // TASKS):
            await called.call("bench_add", b'{"a": 1, "b": 2}', caller=SCOPED)

    began = time.process_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(TASKS):
            tasks.start_soon(some)
    await anyio.sleep(settled)
    return (time.process_time() - began) / (calls // TASKS * TASKS) * 1e6


def _over_http(options: Options, faults: list[str]) -> list[Case]:
    cases = {name: Case(label=label) for name, label in OVER_HTTP.items()}
    with ExitStack() as running:
        targets = {name: running.enter_context(started(name)) for name in cases}
        load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))
        progress("pipeline: over HTTP")
        for name in cases:
            ask_for(load, _order(targets[name], seconds=0.2))
        for _, name in rounds_of(list(cases), options.rounds):
            outcome = ask_for(load, _order(targets[name], seconds=0.15 if options.quick else 0.8))
            cases[name].costs.append(outcome.cpu / max(1, outcome.calls) * 1e6)
            if outcome.errors:
                faults.append(f"{cases[name].label}: {outcome.errors}, {outcome.first_error}")
    return list(cases.values())


def _order(target: Target, *, seconds: float) -> Order:
    return Order(
        port=target.port,
        pid=target.pid,
        tool=target.tool,
        token=target.token,
        era=MODERN,
        connections=TASKS,
        seconds=seconds,
        limit=20_000,
        awake=True,
    )


def _rows(cases: list[Case]) -> list[list[str]]:
    first = cases[0].costs
    return [
        [
            case.label,
            figure(middle(case.costs), 1),
            figure(middle(a - b for a, b in zip(case.costs, first, strict=True)), 1),
        ]
        for case in cases
    ]
