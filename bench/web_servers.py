"""Which HTTP server costs least below the same applications: what the choice of one rests on."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager

from bench.client import MODERN
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.http_call import MANY, Case, Target, measure, per_call
from bench.load import load_command
from bench.processes import LOAD_CORE, SERVER_CORE, BenchmarkFailed, child

HOW = f"""\
The bare ASGI function and the micro library of the first table, each on uvicorn with httptools and
with h11, and on granian embedded in the process's own loop; all on uvloop, one process. {MANY}
clients at once; every round runs every case in turn. CPU is the server's, all threads, by call."""

COLUMNS = (
    "server",
    "application",
    "CPU µs/call, 1 client",
    f"{MANY} clients",
    "× httptools",
    "p50 ms, 1 client",
    "p99 ms",
    f"calls/s, {MANY} clients",
    "failed",
)
ENGINES = {"httptools": "uvicorn, httptools", "h11": "uvicorn, h11", "granian": "granian"}
APPS = {"bare": "bare ASGI", "micro_asgi": "micro.asgi"}
START_DEADLINE = 20.0


def run(options: Options) -> Report:
    """Measure every server under every application.

    Raises:
        BenchmarkFailed: A server does not start.
    """
    cases = {
        (engine, app): Case(server=app, label=ENGINES[engine], era=MODERN)
        for app in APPS
        for engine in ENGINES
    }
    with ExitStack() as running:
        targets = {key: running.enter_context(_started(*key)) for key in cases}
        load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))
        progress("web_servers: first calls")
        for key, case in cases.items():
            for clients in (1, MANY):
                measure(load, case, target=targets[key], clients=clients, seconds=0.2)
        seconds = 0.15 if options.quick else 0.8
        for _, key in rounds_of(list(cases), options.rounds):
            case, target = cases[key], targets[key]
            case.one.append(measure(load, case, target=target, clients=1, seconds=seconds))
            case.many.append(measure(load, case, target=target, clients=MANY, seconds=seconds))
    return _report(list(cases.values()), options.rounds)


@contextmanager
def _started(engine: str, app: str) -> Generator[Target]:
    tool = "bench_add" if app.startswith("micro") else "add"
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        port: int = listening.getsockname()[1]
        command = [sys.executable, "-m", "bench.servers", app]
        if engine == "granian":
            listening.close()  # it takes no socket that is bound
            command += [str(port), engine]
            sockets: list[int] = []
        else:
            sockets = [listening.fileno()]
            command += [str(sockets[0]), *([engine] if engine == "h11" else [])]
        with child(command, core=SERVER_CORE, sockets=sockets) as server:
            _wait_for(port)
            yield Target(port=port, pid=server.pid, tool=tool)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise BenchmarkFailed(f"nothing listens on port {port}") from error
            time.sleep(0.02)
        else:
            return


def _report(cases: Sequence[Case], rounds: int) -> Report:
    faults = [
        f"{case.label}, {APPS[case.server]}: {outcome.errors} failed, first: {outcome.first_error}"
        for case in cases
        for outcome in [*case.one, *case.many]
        if outcome.errors
    ]
    return Report(
        title=f"HTTP servers below the same application, {rounds} rounds",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case, cases) for case in cases],
        faults=faults,
    )


def _row(case: Case, cases: Sequence[Case]) -> list[str]:
    floor = next(each for each in cases if each.server == case.server)
    pairs = zip(map(per_call, case.many), map(per_call, floor.many), strict=True)
    return [
        case.label,
        APPS[case.server],
        figure(middle(map(per_call, case.one))),
        figure(middle(map(per_call, case.many))),
        figure(middle(mine / least for mine, least in pairs), 2),
        figure(middle(outcome.p50 * 1e3 for outcome in case.one), 2),
        figure(middle(outcome.p99 * 1e3 for outcome in case.one), 1),
        figure(middle(outcome.calls / outcome.wall for outcome in case.many)),
        figure(sum(outcome.errors for outcome in [*case.one, *case.many])),
    ]
