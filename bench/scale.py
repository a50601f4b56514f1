"""Much at once: ten thousand calls in flight, and a thousand tools."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.client import MODERN
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.http_call import Target, started
from bench.load import Order, Outcome, ask_for, load_command
from bench.processes import LOAD_CORE, child

FLIGHT, QUICK_FLIGHT = 10_000, 1_000
CALLERS = 64
TOOLS = 1_000

HOW = f"""\
"in flight": {FLIGHT:,} connections over the loopback, opened before, on each of which a tool is
called once, all at the same time, that sleeps a second and adds; "wall" is until the last of them
has its answer, "CPU" the server's for all of them, "peak" the most memory that its process ever
had, with all that it imports (resident, in MB). The client is bare sockets and one epoll, the
server a new process for each. "list": {CALLERS} clients ask for the list of {TOOLS:,} tools, no two
of them described alike, again and again, whole and on one page; "gzip": in that form, which the
client unpacks once and then compares byte by byte. "call": {CALLERS} clients call one tool, of one
that is served and of {TOOLS:,}. MCP 2026-07-28; p50 and p99 are of single requests, CPU of one.
Medians over the rounds; a case in which a request failed is marked with !."""

COLUMNS = ("case", "server", "wall s", "CPU s", "CPU µs each", "p50 ms", "p99 ms", "peak MB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked of which server, and what came of it in each round."""

    what: str
    label: str
    server: str
    tools: int = 0
    packed: bool = False
    flight: int = 0
    outcomes: list[Outcome] = field(default_factory=list[Outcome])


def run(options: Options) -> Report:
    """Measure all of it.

    Raises:
        BenchmarkFailed: A server does not start.
    """
    flight = QUICK_FLIGHT if options.quick else FLIGHT
    _allow_files(2 * flight + 1_000)
    cases = _in_flight(flight)
    for _, case in rounds_of(cases, 1 if options.quick else min(options.rounds, 3)):
        case.outcomes.append(_fly(case))
    many = _thousand_tools()
    with ExitStack() as running:
        targets = {
            name: running.enter_context(started(name)) for name in {each.server for each in many}
        }
        load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))
        progress("scale: a thousand tools")
        for _, case in rounds_of(many, 1 if options.quick else options.rounds):
            target = targets[case.server]
            order = _order(
                target,
                connections=CALLERS,
                seconds=0.2 if options.quick else 1.0,
                limit=20_000,
                lists=case.tools,
                packed=case.packed,
                # Not one after another on a server that takes long: it would hang up on the first.
                warms=not case.tools or case.server.startswith("micro"),
            )
            case.outcomes.append(ask_for(load, order))
    every = [*cases, *many]
    return Report(
        title=f"Much at once, {options.rounds} rounds",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case) for case in every],
        faults=_faults(every),
    )


def _in_flight(flight: int) -> list[Case]:
    servers = {
        "bare_nap": "bare ASGI",
        "micro_nap": "micro, library",
        "sdk_nap": "SDK MCPServer, JSON",
        "fastmcp_nap": "FastMCP, JSON",
    }
    what = f"{flight:,} in flight"
    return [
        Case(what=what, label=label, server=name, flight=flight) for name, label in servers.items()
    ]


def _thousand_tools() -> list[Case]:
    list_of, call_of = f"list, {TOOLS:,} tools", f"call, {TOOLS:,} tools"
    return [
        Case(what=list_of, label="micro, library", server="micro_many", tools=TOOLS),
        Case(
            what=f"{list_of}, gzip",
            label="micro, library",
            server="micro_many",
            tools=TOOLS,
            packed=True,
        ),
        Case(what=list_of, label="SDK MCPServer, JSON", server="sdk_many", tools=TOOLS),
        Case(what="call, 1 tool", label="micro, library", server="micro_library"),
        Case(what=call_of, label="micro, library", server="micro_many"),
        Case(what="call, 1 tool", label="SDK MCPServer, JSON", server="sdk_json"),
        Case(what=call_of, label="SDK MCPServer, JSON", server="sdk_many"),
    ]


def _fly(case: Case) -> Outcome:
    with started(case.server) as target, child(load_command(), core=LOAD_CORE, reads=True) as load:
        # One call first: what a server still imports after it has begun is not a call's cost.
        ask_for(load, _order(target, connections=1, seconds=50.0, limit=1, warms=False))
        every = case.flight
        return ask_for(
            load, _order(target, connections=every, seconds=50.0, limit=every, at_once=True)
        )


def _order(target: Target, **how: Any) -> Order:
    return Order(port=target.port, pid=target.pid, tool=target.tool, era=MODERN, **how)


def _allow_files(count: int) -> None:
    """Let this process and those that it starts have so many files open, if they may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < count:
        progress(f"scale: only {most} files may be open; with fewer than {count} calls may fail")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _row(case: Case) -> list[str]:
    outcomes = case.outcomes
    each = middle(o.cpu / o.calls * 1e6 for o in outcomes if o.calls)
    failed = any(outcome.errors for outcome in outcomes)
    flies = case.flight > 0
    return [
        f"{case.what} !" if failed else case.what,
        case.label,
        figure(middle(o.wall for o in outcomes), 1) if flies else "",
        figure(middle(o.cpu for o in outcomes), 1) if flies else "",
        figure(each),
        figure(middle(o.p50 * 1e3 for o in outcomes), 1),
        figure(middle(o.p99 * 1e3 for o in outcomes), 1),
        figure(middle(o.peak / 1e6 for o in outcomes)) if flies else "",
    ]


def _faults(cases: Sequence[Case]) -> list[str]:
    return [
        f"{case.what}, {case.label}: {outcome.errors} failed, first: {outcome.first_error}"
        for case in cases
        for outcome in case.outcomes
        if outcome.errors
    ]
