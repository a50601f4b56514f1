"""How many calls a second go through with everything kept, and how long they take at 2,000/s."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from bench.harness import Options, Report, figure, middle, progress, quantile, rounds_of
from bench.pipelines import Whole, everything
from micro.calls import Caller
from micro.stores.past import PastCalls
from micro.stores.search import CallFilter

RATE = 2_000
"""Calls a second that the ledger has to keep up with."""
TASKS = 32

HOW = f"""\
One process calls its gateway with all stages on (a scope, rate limits, trace, the ledger in
memory). "history" writes every call, whole, to SQLite in batches; "audit" keeps every call's
record before it is answered. First from {TASKS} tasks as fast as they are answered; CPU
is of the process, writing threads included. Then {RATE:,} calls a second, each begun at its time
whatever became of those before it: how long one takes, and how late the last began. "rows" are
those that the history has in the end, of all calls made; "dropped" those that it had no time for.
Medians over the rounds."""

COLUMNS = (
    "kept",
    "calls/s",
    "CPU µs/call",
    f"p50 ms at {RATE:,}/s",
    "p99 ms",
    "late ms",
    "rows",
    "dropped",
)
CALLER = Caller(door="memory", subject="alice", scopes=("bench:*",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is kept, and what each round gave."""

    label: str
    audited: bool
    remembered: bool
    speeds: list[float] = field(default_factory=list[float])
    costs: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])
    rows: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    dropped: list[int] = field(default_factory=list[int])


def run(options: Options) -> Report:
    """Measure with nothing kept, either, and both."""
    cases = [
        Case(label="nothing", audited=False, remembered=False),
        Case(label="history", audited=False, remembered=True),
        Case(label="audit", audited=True, remembered=False),
        Case(label="audit and history", audited=True, remembered=True),
    ]
    progress("ledger")
    for _, case in rounds_of(cases, options.rounds):
        anyio.run(_round, case, options.quick, backend_options={"use_uvloop": True})
    faults = [
        f"{case.label}: {calls - rows} calls are not in the history"
        for case in cases
        for rows, calls in case.rows
        if rows != calls
    ]
    return Report(
        title=f"Keeping calls, {options.rounds} rounds",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case) for case in cases],
        faults=faults,
    )


async def _round(case: Case, quick: bool) -> None:
    seconds = 0.3 if quick else 1.5
    async with _counted(case) as whole:
        await _fast(whole, 200)
        began, used = time.perf_counter(), time.process_time()
        calls = await _fast(whole, 2_000 if quick else 12_000)
        case.costs.append((time.process_time() - used) / calls * 1e6)
        case.speeds.append(calls / (time.perf_counter() - began))
        took, late = await _paced(whole, round(RATE * seconds))
        case.p50.append(quantile(took, 0.5))
        case.p99.append(quantile(took, 0.99))
        case.late.append(late)


@asynccontextmanager
async def _counted(case: Case) -> AsyncGenerator[Whole]:
    """Give a server; count afterwards what its history has, before it is gone."""
    async with everything(audited=case.audited, remembered=case.remembered) as whole:
        yield whole
        if case.remembered:
            whole.history.close()
            rows = PastCalls(whole.folder / "calls.db").newest(CallFilter(), sys.maxsize)
            case.rows.append((len(rows), _made(whole)))
            case.dropped.append(whole.history.dropped)


def _made(whole: Whole) -> int:
    """Give how many calls there were: the number of the last."""
    return whole.serving.runtime.snapshot().calls[-1].call


async def _one(whole: Whole) -> None:
    gateway = whole.serving.runtime.gateway
    await gateway.call("bench_add", b'{"a": 1, "b": 2}', caller=CALLER)


async def _fast(whole: Whole, calls: int) -> int:
    """Make calls from some tasks, each as soon as its last is answered; give how many."""

    async def some() -> None:
        for _ in range(calls // TASKS):
            await _one(whole)

    async with anyio.create_task_group() as tasks:
        for _ in range(TASKS):
            tasks.start_soon(some)
    return calls // TASKS * TASKS


async def _paced(whole: Whole, calls: int) -> tuple[list[float], float]:
    """Begin calls at their times; give how long each took, and how late the last began."""
    took, late = list[float](), 0.0

    async def timed(due: float) -> None:
        await _one(whole)
        took.append(time.perf_counter() - due)

    began = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for number in range(calls):
            due = began + number / RATE
            if (early := due - time.perf_counter()) > 0:
                await anyio.sleep(early)
            late = max(0.0, time.perf_counter() - due)
            tasks.start_soon(timed, due)
    return took, late


def _row(case: Case) -> list[str]:
    kept = case.rows[-1][0] if case.rows else float("nan")
    return [
        case.label,
        figure(middle(case.speeds)),
        figure(middle(case.costs), 1),
        figure(middle(each * 1e3 for each in case.p50), 2),
        figure(middle(each * 1e3 for each in case.p99), 1),
        figure(middle(each * 1e3 for each in case.late), 1),
        figure(kept),
        figure(sum(case.dropped)) if case.dropped else "-",
    ]
