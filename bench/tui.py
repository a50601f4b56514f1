"""What the dashboard costs and how soon it answers, in a real terminal of 120 by 36."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import MODERN
from bench.dashboard import Terminal, dashboard, drained, showing, terminal
from bench.harness import Options, Report, figure, middle, progress, quantile, rounds_of
from bench.load import Order, ask_for, load_command
from bench.processes import LOAD_CORE, SERVER_CORE, BenchmarkFailed, child, cpu_seconds
from bench.projects import dev_runtime, project
from micro.state import StateFolder

HOW = """\
The dashboard in a pseudo-terminal that is read as fast as it writes, on a process that speaks the
control protocol and tells of calls that nobody made. "key → paint": the space bar, until the bytes
that say "paused" or "follows" have been read, over and over; p95 over all presses of a round. CPU:
user and system time of the dashboard alone, of one core, over some seconds after it has settled.
Memory: resident, once that many calls have come. "first paint": from the start of `micro dev` on a
project of one service until the line of views is on the screen; "live": until the service is
served. "p99 of a call": of a tool of `micro dev` over HTTP, by one client that calls as fast as it
is answered, alone; while a program that draws nothing is told of it; beside a program that has
nothing to do with it and computes for 9 of every 66 ms, as much as a dashboard does; and with the
dashboard on a screen. Where client, runtime and host have all cores, whatever else runs has a call
wait for the scheduler. Medians over the rounds,
"worst" is the highest."""

COLUMNS = ("what", "goal", "median", "worst")
KEYS, QUICK_KEYS = 60, 6
CPU_SLICE, QUICK_SLICE = 6.0, 1.0
SETTLING = 1.5
KEPT = 100_000
READER = """
import struct, sys
from pathlib import Path
import msgspec
from micro.control.messages import Order
from micro.system.nearby import connect_near

order = msgspec.msgpack.encode(Order(id=1, op="watch"))
control = connect_near(Path(sys.argv[1]))
control.sendall(struct.pack("!I", len(order)) + order)
while control.recv(1 << 20):
    pass
"""
STRANGER = """
import time
while True:
    until = time.perf_counter() + 0.009
    while time.perf_counter() < until:
        pass
    time.sleep(0.057)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table; ``measure`` gives a figure in the unit of the goal."""

    label: str
    goal: str
    measure: Callable[[], float]
    samples: list[float] = field(default_factory=list[float])


def run(options: Options) -> Report:
    """Measure the dashboard.

    Raises:
        BenchmarkFailed: It does not show what it should.
    """
    with tempfile.TemporaryDirectory(prefix="micro-bench-") as folder, project("bench") as root:
        cases = _cases(Path(folder), root, quick=options.quick)
        for _, case in rounds_of(cases, options.rounds):
            progress(case.label)
            case.samples.append(case.measure())
    rows = [
        [case.label, case.goal, figure(middle(case.samples), 1), figure(max(case.samples), 1)]
        for case in cases
    ]
    title = f"Dashboard, {options.rounds} rounds"
    return Report(title=title, how=HOW, columns=COLUMNS, rows=rows)


def _cases(folder: Path, root: Path, *, quick: bool) -> list[Case]:
    keys = QUICK_KEYS if quick else KEYS
    lasting = QUICK_SLICE if quick else CPU_SLICE
    kept = 5_000 if quick else KEPT
    cases = [
        Case(
            label=f"key → paint p95 at {rate:,} calls/s, ms",
            goal="50",
            measure=lambda rate=rate: _key_to_paint(folder, rate=rate, keys=keys),
        )
        for rate in (10, 1_000, 10_000)
    ]
    cases += [
        Case(
            label=f"CPU at {rate:,} calls/s, % of a core",
            goal=goal,
            measure=lambda rate=rate: _cpu(folder, rate=rate, lasting=lasting),
        )
        for rate, goal in ((0, "2"), (1_000, "15"), (10_000, "-"))
    ]
    cases.append(
        Case(
            label=f"memory after {kept:,} calls, MB",
            goal="120",
            measure=lambda: _memory(folder, calls=kept),
        )
    )
    cases += [
        Case(
            label=f"micro dev → {name}, ms", goal=goal, measure=lambda text=text: _start(root, text)
        )
        for name, text, goal in (("first paint", "Calls", "700"), ("live", "LIVE", "900"))
    ]
    cases += [
        Case(
            label=f"p99 of a call, {how}, ms",
            goal=goal,
            measure=lambda beside=beside: _p99(beside=beside, seconds=lasting),
        )
        for how, goal, beside in (
            ("alone", "-", ""),
            ("told to a reader", "as alone", "reader"),
            ("beside a stranger", "-", "stranger"),
            ("with a dashboard", "as beside a stranger", "dashboard"),
        )
    ]
    return cases


def _p99(*, beside: str, seconds: float) -> float:
    with ExitStack() as running:
        root = running.enter_context(project("bench"))
        info, process = running.enter_context(dev_runtime(root, core=SERVER_CORE))
        load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))
        control = StateFolder(root / ".micro").control_socket
        if beside == "dashboard":
            running.enter_context(drained(showing(control)))
        elif beside:
            code = {"reader": READER, "stranger": STRANGER}[beside]
            running.enter_context(child([sys.executable, "-c", code, str(control)]))
        order = Order(
            port=info.port,
            pid=process.pid,
            tool="bench_add",
            era=MODERN,
            connections=1,
            seconds=seconds,
            limit=100_000,
        )
        return ask_for(load, order).p99 * 1e3


def _key_to_paint(folder: Path, *, rate: int, keys: int) -> float:
    with dashboard(folder, rate=rate) as shown:
        shown.drain(SETTLING)
        taken: list[float] = []
        for press in range(keys):
            shown.type(" ")
            taken.append(shown.until("follows" if press % 2 else "paused", within=10) * 1e3)
            shown.drain(0.05 + 0.007 * (press % 10))
    return quantile(taken, 0.95)


def _cpu(folder: Path, *, rate: int, lasting: float) -> float:
    with dashboard(folder, rate=rate) as shown:
        shown.drain(SETTLING)
        before, began = cpu_seconds(shown.process.pid), time.monotonic()
        shown.drain(lasting)
        return (cpu_seconds(shown.process.pid) - before) / (time.monotonic() - began) * 100


def _memory(folder: Path, *, calls: int) -> float:
    rate = 10_000
    with dashboard(folder, rate=rate) as shown:
        shown.drain(calls / rate + SETTLING)
        return _resident(shown)


def _resident(shown: Terminal) -> float:
    """Give the process's resident memory in MB."""
    for line in Path(f"/proc/{shown.process.pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.split()[0]) / 1000
    raise BenchmarkFailed("the dashboard's memory cannot be read")


def _start(root: Path, text: str) -> float:
    micro = str(Path(sys.executable).parent / "micro")
    with terminal([micro, "dev", str(root), "--address", "127.0.0.1:0"]) as shown:
        return shown.until(text) * 1e3
