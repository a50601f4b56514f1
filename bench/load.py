"""The process that calls a server as fast as it answers, and reads what that costs the server.

``python -m bench.load`` takes an ``Order`` a line on stdin and gives an ``Outcome`` a line on
stdout. Which server that is and how often it is measured is not known here.
"""

from __future__ import annotations

import sys
import time
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import dataclass
from functools import partial

import anyio
import anyio.to_thread
import msgspec

from bench.client import Era, McpClient, WrongAnswer, connect
from bench.connection import ConnectionEnded, awake
from bench.flights import connected, fly
from bench.harness import quantile
from bench.processes import Child, cpu_seconds, peak_memory, process_tree

_PATIENCE = 60.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of load: until ``seconds`` are over or ``limit`` calls are made.

    ``pid`` is the server's; what it started is counted too. ``token``: sent with each call.
    ``lists``: how many tools a list has that is asked for in place of calls, and ``packed``:
    whether in gzip's form. ``warms``: whether every connection makes a call before the measurement.
    ``at_once``: whether every connection makes one call, all at the same time; in the modern era
    only. ``awake``: whether the client never sleeps, so that no server pays for waking it.
    """

    port: int
    pid: int
    tool: str
    era: Era
    connections: int
    seconds: float
    limit: int
    token: str = ""
    lists: int = 0
    packed: bool = False
    warms: bool = True
    at_once: bool = False
    awake: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Seconds; ``cpu`` is of the server with all that it started.

    ``child_cpu`` is that of the started ones alone; latencies are of single calls. ``peak`` is the
    most memory that its processes ever had, in bytes.
    """

    calls: int
    errors: int
    first_error: str
    wall: float
    cpu: float
    child_cpu: float
    p50: float
    p99: float
    peak: float = 0.0


class _Tally:
    def __init__(self, limit: int, until: float) -> None:
        self.latencies: list[float] = []
        self.errors = 0
        self.first_error = ""
        self._left = limit
        self._until = until

    def takes_more(self) -> bool:
        self._left -= 1
        return self._left >= 0 and time.perf_counter() < self._until

    def note(self, error: Exception) -> None:
        self.errors += 1
        self.first_error = self.first_error or f"{type(error).__name__}: {error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What calls gave, whoever made them."""

    latencies: list[float]
    errors: int
    first_error: str
    wall: float
    used: dict[int, float]


async def measure(order: Order) -> Outcome:
    """Make the calls of one order; every answer is checked."""
    load = await (_at_once(order) if order.at_once else _again_and_again(order))
    return Outcome(
        calls=len(load.latencies),
        errors=load.errors,
        first_error=load.first_error,
        wall=load.wall,
        cpu=sum(load.used.values()),
        child_cpu=sum(load.used.values()) - load.used[order.pid],
        p50=quantile(load.latencies, 0.5),
        p99=quantile(load.latencies, 0.99),
        peak=sum(peak_memory(pid) for pid in load.used),
    )


async def _at_once(order: Order) -> _Load:
    with connected(order.port, order.connections) as connections:
        await _settled(order.pid)
        before = _used(order.pid)
        flight = await anyio.to_thread.run_sync(
            partial(fly, connections, port=order.port, tool=order.tool, within=order.seconds)
        )
        used = _used_since(before, order.pid)
    return _Load(
        latencies=flight.latencies,
        errors=len(flight.failures),
        first_error=flight.failures[0] if flight.failures else "",
        wall=max(flight.latencies, default=order.seconds),
        used=used,
    )


async def _again_and_again(order: Order) -> _Load:
    async with AsyncExitStack() as opened:
        clients = [
            await connect(order.port, tool=order.tool, era=order.era, token=order.token)
            for _ in range(order.connections)
        ]
        for client in clients:
            opened.push_async_callback(client.close)
            if order.warms:
                await (_list(client, order) if order.lists else client.call(1, 1))
        await _settled(order.pid)
        before = _used(order.pid)
        began = time.perf_counter()
        tally = _Tally(order.limit, began + order.seconds)
        with awake() if order.awake else nullcontext():
            async with anyio.create_task_group() as tasks:
                for client in clients:
                    tasks.start_soon(_drive, client, tally, order)
        wall = time.perf_counter() - began
        used = _used_since(before, order.pid)
    return _Load(
        latencies=tally.latencies,
        errors=tally.errors,
        first_error=tally.first_error,
        wall=wall,
        used=used,
    )


def _used(pid: int) -> dict[int, float]:
    """Give the CPU seconds so far of each process that belongs to a server."""
    used: dict[int, float] = {}
    for each in process_tree(pid):
        with suppress(OSError):  # it ended meanwhile
            used[each] = cpu_seconds(each)
    return used


def _used_since(before: dict[int, float], pid: int) -> dict[int, float]:
    return {each: cpu - before.get(each, 0.0) for each, cpu in _used(pid).items()}


async def _settled(pid: int) -> None:
    """Wait, not for ever, until a server rests: what others left behind is not measured."""
    for _ in range(100):
        before = sum(_used(pid).values())
        await anyio.sleep(0.02)
        if sum(_used(pid).values()) - before < 0.002:
            return


async def _list(client: McpClient, order: Order) -> None:
    await client.list_tools(order.lists, packed=order.packed)


async def _ask(client: McpClient, number: int, order: Order) -> None:
    """Call, or ask for a list."""
    if order.lists:
        await _list(client, order)
    elif await client.call(number, 7) != number + 7:
        raise WrongAnswer("the sum is wrong")


async def _drive(client: McpClient, tally: _Tally, order: Order) -> None:
    """Call until the slice is over; a connection that ends takes no more part."""
    number = 0
    while tally.takes_more():
        number += 1
        began = time.perf_counter()
        try:
            await _ask(client, number, order)
            tally.latencies.append(time.perf_counter() - began)
        except WrongAnswer as error:
            tally.note(error)
        except (ConnectionEnded, OSError) as error:
            tally.note(error)
            return


def load_command() -> list[str]:
    """Give what starts a load process."""
    return [sys.executable, "-m", "bench.load"]


def ask_for(process: Child, order: Order) -> Outcome:
    """Have a load process fulfil an order.

    Raises:
        BenchmarkFailed: It could not.
    """
    process.write_line(msgspec.json.encode(order))
    return msgspec.json.decode(process.read_line(within=_PATIENCE), type=Outcome)


async def _within_limits(order: Order) -> Outcome:
    with anyio.fail_after(_PATIENCE - 5):
        return await measure(order)


def main() -> None:
    """Fulfil orders until stdin ends."""
    for line in sys.stdin.buffer:
        order = msgspec.json.decode(line, type=Order)
        outcome = anyio.run(_within_limits, order, backend_options={"use_uvloop": True})
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
