"""The process that calls a server as fast as it answers, and reads what that costs the server.

``python -m bench.load`` takes an ``Order`` a line on stdin and gives an ``Outcome`` a line on
stdout. Which server that is and how often it is measured is not known here.
"""

from __future__ import annotations

import sys
import time
from contextlib import AsyncExitStack, suppress

import anyio
import msgspec

from bench.client import ConnectionEnded, Era, McpClient, WrongAnswer, connect
from bench.harness import quantile
from bench.processes import Child, cpu_seconds, peak_memory, process_tree

_PATIENCE = 60.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of load: until ``seconds`` are over or ``limit`` calls are made.

    ``pid`` is the server's; what it started is counted too. ``token``: sent with each call.
    ``lists``: how many tools a list has that is asked for in place of calls. ``warms``: whether
    every connection makes a call before the measurement.
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
    warms: bool = True


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


async def measure(order: Order) -> Outcome:
    """Make the calls of one order; every answer is checked."""
    async with AsyncExitStack() as opened:
        clients = [
            await connect(order.port, tool=order.tool, era=order.era, token=order.token)
            for _ in range(order.connections)
        ]
        for client in clients:
            opened.push_async_callback(client.close)
            if order.warms:
                await (client.list_tools(order.lists) if order.lists else client.call(1, 1))
        await _settled(order.pid)
        before = _used(order.pid)
        began = time.perf_counter()
        tally = _Tally(order.limit, began + order.seconds)
        async with anyio.create_task_group() as tasks:
            for client in clients:
                tasks.start_soon(_drive, client, tally, order.lists)
        wall = time.perf_counter() - began
        used = {pid: cpu - before.get(pid, 0.0) for pid, cpu in _used(order.pid).items()}
    return Outcome(
        calls=len(tally.latencies),
        errors=tally.errors,
        first_error=tally.first_error,
        wall=wall,
        cpu=sum(used.values()),
        child_cpu=sum(used.values()) - used[order.pid],
        p50=quantile(tally.latencies, 0.5),
        p99=quantile(tally.latencies, 0.99),
        peak=sum(peak_memory(pid) for pid in used),
    )


def _used(pid: int) -> dict[int, float]:
    """Give the CPU seconds so far of each process that belongs to a server."""
    used: dict[int, float] = {}
    for each in process_tree(pid):
        with suppress(OSError):  # it ended meanwhile
            used[each] = cpu_seconds(each)
    return used


async def _settled(pid: int) -> None:
    """Wait, not for ever, until a server rests: what others left behind is not measured."""
    for _ in range(100):
        before = sum(_used(pid).values())
        await anyio.sleep(0.02)
        if sum(_used(pid).values()) - before < 0.002:
            return


async def _ask(client: McpClient, number: int, lists: int) -> None:
    """Call, or ask for a list of so many tools."""
    if lists:
        await client.list_tools(lists)
    elif await client.call(number, 7) != number + 7:
        raise WrongAnswer("the sum is wrong")


async def _drive(client: McpClient, tally: _Tally, lists: int) -> None:
    """Call until the slice is over; a connection that ends takes no more part."""
    number = 0
    while tally.takes_more():
        number += 1
        began = time.perf_counter()
        try:
            await _ask(client, number, lists)
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
