"""What one ``tools/call`` over HTTP costs the server, beside other servers of the same tool."""

from __future__ import annotations

import socket
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.client import LEGACY, MODERN, Era
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.load import Order, Outcome, ask_for, load_command
from bench.pipelines import TOKEN
from bench.processes import LOAD_CORE, SERVER_CORE, Child, child
from bench.projects import dev_runtime, project

MANY = 32
"""Clients at once, besides the runs with one."""

HOW = f"""\
A tool `async def add(a: int, b: int) -> int`, called over kept-alive HTTP connections on the
loopback by a client that waits for each answer and checks it. It never sleeps: who answers a
process that does pays up to 10 µs for waking it, which no client on another machine costs, and a
slow server pays it more often. All servers run on the same uvicorn (uvloop, httptools, no access
log), each in a process of its own with nothing else to do. micro's own door has a short way through
it (decision 044), which "micro.asgi", the same application on plain uvicorn, has not. `micro dev`
is the developer's runtime, which has the code in a second process (the host), keeps the audit log
in SQLite and watches the files. 2026-07-28 is stateless; at 2025-11-25 every client has a session
of its own, opened before the measurement. CPU is user and system time of the server with all its
processes, from the kernel's clock of each, divided by the calls; it is far steadier than wall time.
"× bare" is the median of the ratios to the bare ASGI function in the same round. "all by hand" is
such a function with the duties of "all on" written out for this one tool (token, scope, two rate
limits, redaction, audit record before the answer, hash chain, history), as nobody could keep it up
for many. Every round runs every case in turn, once with 1 client and once with {MANY}, every second
round backwards; figures are medians over the rounds. A case in which a call failed is marked with
!."""

COLUMNS = (
    "server",
    "MCP",
    "CPU µs/call, 1 client",
    f"{MANY} clients",
    "of that host",
    "× bare",
    "p50 ms, 1 client",
    "p99 ms",
    f"calls/s, {MANY} clients",
    "failed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A server and the era in which it is called, with what each round gave, by clients."""

    server: str
    label: str
    era: Era
    one: list[Outcome] = field(default_factory=list[Outcome])
    many: list[Outcome] = field(default_factory=list[Outcome])


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server that runs."""

    port: int
    pid: int
    tool: str
    token: str = ""


LABELS = {
    "bare": "bare ASGI",
    "by_hand": "bare ASGI, all by hand",
    "micro_library": "micro, library",
    "micro_asgi": "micro.asgi",
    "micro_full": "micro, library, all on",
    "micro_dev": "micro dev",
    "sdk_lowlevel": "SDK low-level, JSON",
    "sdk_json": "SDK MCPServer, JSON",
    "sdk_default": "SDK MCPServer",
    "fastmcp_json": "FastMCP, JSON",
    "fastmcp_default": "FastMCP",
}


def run(options: Options) -> Report:
    """Measure every server in both eras.

    Raises:
        BenchmarkFailed: A server does not start.
    """
    eras: tuple[Era, Era] = (MODERN, LEGACY)
    cases = [
        Case(server=server, label=label, era=era)
        for server, label in LABELS.items()
        for era in eras
        if server not in ("bare", "by_hand") or era == MODERN
    ]
    with ExitStack() as running:
        targets = {name: running.enter_context(started(name)) for name in LABELS}
        load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))
        progress("http_call: first calls")
        for case in cases:
            for clients in (1, MANY):
                measure(load, case, target=targets[case.server], clients=clients, seconds=0.2)
        seconds = 0.15 if options.quick else 0.8
        for _, case in rounds_of(cases, options.rounds):
            target = targets[case.server]
            one = measure(load, case, target=target, clients=1, seconds=seconds)
            many = measure(load, case, target=target, clients=MANY, seconds=seconds)
            case.one.append(one)
            case.many.append(many)
    return _report(cases, options.rounds)


@contextmanager
def started(name: str) -> Generator[Target]:
    """Run a server by its name while this lasts.

    Raises:
        BenchmarkFailed: It does not start.
    """
    if name == "micro_dev":
        with project("bench") as root, dev_runtime(root, core=SERVER_CORE) as (info, _):
            yield Target(port=info.port, pid=info.pid, tool="bench_add")
        return
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        port: int = listening.getsockname()[1]
        descriptor = listening.fileno()
        command = [sys.executable, "-m", "bench.servers", name, str(descriptor)]
        with child(command, core=SERVER_CORE, sockets=[descriptor]) as server:
            tool = "nap" if name.endswith("_nap") else "add"
            tool = f"bench_{tool}" if name.startswith("micro") else tool
            token = TOKEN if name in ("micro_full", "by_hand") else ""
            yield Target(port=port, pid=server.pid, tool=tool, token=token)


def measure(load: Child, case: Case, *, target: Target, clients: int, seconds: float) -> Outcome:
    """Call a server for a while, and give what that cost."""
    order = Order(
        port=target.port,
        pid=target.pid,
        tool=target.tool,
        token=target.token,
        era=case.era,
        connections=clients,
        seconds=seconds,
        limit=20_000,
        awake=True,
    )
    return ask_for(load, order)


def _report(cases: Sequence[Case], rounds: int) -> Report:
    bare = [per_call(outcome) for outcome in cases[0].many]
    faults = [
        f"{case.label}, {case.era}: {outcome.errors} failed, first: {outcome.first_error}"
        for case in cases
        for outcome in [*case.one, *case.many]
        if outcome.errors
    ]
    return Report(
        title=f"tools/call over HTTP, {rounds} rounds",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case, bare) for case in cases],
        faults=faults,
    )


def _row(case: Case, bare: Sequence[float]) -> list[str]:
    failed = sum(outcome.errors for outcome in [*case.one, *case.many])
    many = [per_call(outcome) for outcome in case.many]
    host = middle(each.child_cpu / each.calls * 1e6 for each in case.many if each.calls)
    ratio = middle(mine / floor for mine, floor in zip(many, bare, strict=True))
    return [
        f"{case.label} !" if failed else case.label,
        case.era,
        figure(middle(per_call(outcome) for outcome in case.one)),
        figure(middle(many)),
        figure(host) if case.server == "micro_dev" else "",
        figure(ratio, 1),
        figure(middle(outcome.p50 * 1e3 for outcome in case.one), 2),
        figure(middle(outcome.p99 * 1e3 for outcome in case.one), 1),
        figure(middle(outcome.calls / outcome.wall for outcome in case.many)),
        figure(failed),
    ]


def per_call(outcome: Outcome) -> float:
    """Give microseconds of CPU."""
    return outcome.cpu / outcome.calls * 1e6 if outcome.calls else float("nan")
