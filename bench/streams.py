"""What a call costs over stdio and over a WebSocket, beside HTTP and beside other servers."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import anyio

from bench.client import LEGACY, MODERN, Era
from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.http_call import started
from bench.load import Order, ask_for, load_command
from bench.processes import LOAD_CORE, SERVER_CORE, BenchmarkFailed, Child, child, cpu_seconds
from bench.wsclient import WebSocketClient

WINDOW = 64
"""Calls that are sent before their answers are read."""
ANSWER_TIMEOUT = 30.0

HOW = f"""\
The tool of the first table. "stdio" is a spawned server that gets {WINDOW} calls on stdin before
the first answer is read, again and again. "WebSocket" and "HTTP" are one connection to the same
server: one call at a time, and on the WebSocket {WINDOW} at once too, which HTTP cannot. CPU is of
the server's process, divided by the calls; every answer is checked. Medians over the rounds."""

COLUMNS = ("connection", "MCP", "CPU µs/call", "calls/s")

Sample = tuple[float, float]
"""CPU microseconds a call, and calls a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A way to call; ``measure`` makes so many calls."""

    label: str
    era: Era
    measure: Callable[[int], Sample]
    samples: list[Sample] = field(default_factory=list[Sample])


STDIO: tuple[tuple[str, str, str, Era], ...] = (
    ("stdio, micro.serve", "micro_stdio", "bench_add", MODERN),
    ("stdio, micro.serve", "micro_stdio", "bench_add", LEGACY),
    ("stdio, SDK MCPServer", "sdk_stdio", "add", LEGACY),
    ("stdio, FastMCP", "fastmcp_stdio", "add", LEGACY),
)


def run(options: Options) -> Report:
    """Measure every way.

    Raises:
        BenchmarkFailed: A server does not start, or answers wrong.
    """
    with ExitStack() as running:
        cases = [_stdio(running, *each) for each in STDIO]
        cases += _one_connection(running)
        progress("streams: first calls")
        for case in cases:
            case.measure(2 * WINDOW)
        calls = 320 if options.quick else 3_200
        for _, case in rounds_of(cases, options.rounds):
            case.samples.append(case.measure(calls))
    rows = [
        [
            case.label,
            case.era,
            figure(middle(cpu for cpu, _ in case.samples), 1),
            figure(middle(speed for _, speed in case.samples)),
        ]
        for case in cases
    ]
    title = f"Calls over streams, {options.rounds} rounds"
    return Report(title=title, how=HOW, columns=COLUMNS, rows=rows)


def _stdio(running: ExitStack, label: str, name: str, tool: str, era: Era) -> Case:
    command = [sys.executable, "-m", "bench.servers", name]
    server = running.enter_context(child(command, core=SERVER_CORE, reads=True))
    if era == LEGACY:
        _shake_hands(server)

    def measure(calls: int) -> Sample:
        used, began = cpu_seconds(server.pid), time.perf_counter()
        for first in range(0, calls, WINDOW):
            numbers = range(first, first + WINDOW)
            server.write_line(b"\n".join(_call(number, tool, era) for number in numbers))
            _check(server, set(numbers))
        count = -(-calls // WINDOW) * WINDOW
        took = time.perf_counter() - began
        return (cpu_seconds(server.pid) - used) / count * 1e6, count / took

    return Case(label=label, era=era, measure=measure)


def _shake_hands(server: Child) -> None:
    info = {"name": "bench", "version": "1"}
    hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": info}
    request = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
    server.write_line(json.dumps(request).encode())
    server.read_line(within=ANSWER_TIMEOUT)
    server.write_line(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')


def _call(number: int, tool: str, era: Era) -> bytes:
    params: dict[str, Any] = {"name": tool, "arguments": {"a": number, "b": 7}}
    if era == MODERN:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    request = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return json.dumps(request).encode()


def _check(server: Child, due: set[int]) -> None:
    """Read answers until all that are due have come."""
    while due:
        for line in server.read_line(within=ANSWER_TIMEOUT).splitlines():
            answer: dict[str, Any] = json.loads(line)
            number: int = answer.get("id", -1)
            if answer.get("result", {}).get("structuredContent") != {"result": number + 7}:
                raise BenchmarkFailed(f"the wrong answer: {answer}")
            due.remove(number)


def _one_connection(running: ExitStack) -> list[Case]:
    """Give the cases of one server that is reached by either."""
    target = running.enter_context(started("micro_library"))
    load = running.enter_context(child(load_command(), core=LOAD_CORE, reads=True))

    def http(calls: int) -> Sample:
        order = Order(
            port=target.port,
            pid=target.pid,
            tool=target.tool,
            era=MODERN,
            connections=1,
            seconds=ANSWER_TIMEOUT,
            limit=calls,
        )
        outcome = ask_for(load, order)
        if outcome.errors:
            raise BenchmarkFailed(outcome.first_error)
        return outcome.cpu / outcome.calls * 1e6, outcome.calls / outcome.wall

    def websocket(window: int) -> Callable[[int], Sample]:
        def measure(calls: int) -> Sample:
            call = _over_websocket
            loop = {"use_uvloop": True}
            return anyio.run(call, target.port, target.pid, window, calls, backend_options=loop)

        return measure

    return [
        Case(label="HTTP, one at a time", era=MODERN, measure=http),
        Case(label="WebSocket, one at a time", era=MODERN, measure=websocket(1)),
        Case(label=f"WebSocket, {WINDOW} at once", era=MODERN, measure=websocket(WINDOW)),
    ]


async def _over_websocket(port: int, pid: int, window: int, calls: int) -> Sample:
    client = await WebSocketClient.to(port, tool="bench_add")
    await client.call()

    async def some() -> None:
        for _ in range(calls // window):
            await client.call()

    used, began = cpu_seconds(pid), time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(window):
            tasks.start_soon(some)
    count, took = calls // window * window, time.perf_counter() - began
    sample = (cpu_seconds(pid) - used) / count * 1e6, count / took
    client.close()
    return sample
