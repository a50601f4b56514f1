"""A served project under half its load for a while: memory and descriptors stay where they are.

Seconds by default; ``MICRO_SOAK_MINUTES=10`` for as long as it takes to believe it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from websockets.asyncio.client import connect

from devtool.harness import micro, record
from doors.harness import DEADLINE, INITIALIZE, MODERN, call, line_client, request
from doors.sse_client import Stream
from doors.web_client import modern

MINUTES = float(os.environ.get("MICRO_SOAK_MINUTES") or 0.05)
WARM_UP = max(2.0, min(30.0, MINUTES * 6))
"""Seconds before the first look: what is made once is made then."""

SLOPE = 1.0
"""MiB a minute that a process may grow, on top of what the noise of a short run needs."""
NOISE = 24.0

SHOP = """
from micro import Context, Service

shop = Service("shop")

@shop.tool
def price(item: str) -> dict[str, int]:
    return {"cents": len(item)}

@shop.tool
async def pack(boxes: int, ctx: Context) -> str:
    for box in range(boxes):
        await ctx.progress(box, boxes)
    return "x" * 10_000
"""

pytestmark = pytest.mark.timeout(120 + round(MINUTES * 60) * 2)

Use = Callable[[int], Awaitable[object]]


class Process:
    """What the kernel says of one."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc", str(pid))

    @property
    def memory(self) -> float:
        """MiB that it holds itself."""
        lines = (self._folder / "smaps_rollup").read_text().splitlines()
        private = [line.split() for line in lines if line.startswith("Private_")]
        return sum(int(words[1]) for words in private) / 1024

    @property
    def descriptors(self) -> int:
        return len(list((self._folder / "fd").iterdir()))


def family(pid: int) -> list[Process]:
    """Give a process, and all that it started."""
    pids = [pid]
    for each in pids:
        for listed in Path(f"/proc/{each}/task").glob("*/children"):
            pids += map(int, listed.read_text().split())
    return [Process(each) for each in pids]


async def at_half_load(use: Use, until: float) -> None:
    """Use the server again and again, and rest as long each time as it took."""
    number = 0
    while time.monotonic() < until:
        number += 1
        began = time.monotonic()
        await use(number)
        await anyio.sleep(time.monotonic() - began)


async def by_http(url: str, until: float) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:

        async def use(number: int) -> None:
            if number % 50 == 0:  # a connection of its own, that hangs up in the middle
                with anyio.move_on_after(0.001):
                    await httpx2.AsyncClient(base_url=url, trust_env=False).get("/health")
            if number % 10 == 0:
                message = request("tools/list", {"_meta": MODERN})
                listed = await client.post("/mcp", json=message, headers=modern("tools/list"))
                assert len(listed.json()["result"]["tools"]) == 2
            tool = "shop_pack" if number % 2 else "shop_price"
            arguments: dict[str, Any] = {"boxes": 3} if number % 2 else {"item": "tea"}
            meta = MODERN | ({"progressToken": number} if number % 4 == 1 else {})
            message = call(tool, arguments, id=number, _meta=meta)
            answer = await client.post("/mcp", json=message, headers=modern("tools/call", tool))
            assert answer.status_code == 200

        await at_half_load(use, until)


async def by_sessions(url: str, until: float) -> None:
    """Open an older session, use it, and end it; now and then leave it behind."""
    async with httpx2.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:

        async def use(number: int) -> None:
            headers = {"accept": "application/json, text/event-stream"}
            opening = request("initialize", INITIALIZE)
            opened = await client.post("/mcp", json=opening, headers=headers)
            headers["mcp-session-id"] = opened.headers["mcp-session-id"]
            started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            await client.post("/mcp", json=started, headers=headers)
            message = call("shop_price", {"item": "tea"})
            assert (await client.post("/mcp", json=message, headers=headers)).status_code == 200
            await client.delete("/mcp", headers=headers)

        await at_half_load(use, until)


async def by_rest(url: str, until: float) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:

        async def use(number: int) -> None:
            assert len((await client.get("/mcp/tools")).json()["tools"]) == 2
            answer = await client.post("/mcp/call/shop/price", json={"item": "tea"})
            assert answer.status_code == 200

        await at_half_load(use, until)


async def by_sse(url: str, until: float) -> None:
    """Open an old stream, use it, and hang up."""
    async with httpx2.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:

        async def use(number: int) -> None:
            async with client.stream("GET", "/mcp/sse") as response:
                stream = Stream(client, response.aiter_lines())
                _, stream.where = await stream.event()
                await stream.initialize()
                answer = await stream.ask(call("shop_price", {"item": "tea"}, id=2))
                assert answer["result"]["isError"] is False

        await at_half_load(use, until)


async def by_websocket(url: str, until: float) -> None:
    async def use(number: int) -> None:
        async with connect(f"{url.replace('http', 'ws')}/mcp/ws", proxy=None) as peer:
            for turn in range(20):
                message = call("shop_price", {"item": "tea"}, id=turn, _meta=MODERN)
                await peer.send(json.dumps(message))
            for _ in range(20):
                assert "result" in json.loads(await peer.recv())

    await at_half_load(use, until)


async def by_lines(path: Path, until: float) -> None:
    async def use(number: int) -> None:
        async with line_client(path) as client:
            await client.initialize()
            answer = await client.ask(call("shop_price", {"item": "tea"}, id=2))
            assert answer["result"]["isError"] is False
            await client.send_raw(b"junk\n")
            assert (await client.read())["error"]["code"] == -32700

    await at_half_load(use, until)


async def load(info: dict[str, Any], seconds: float) -> None:
    until = time.monotonic() + seconds
    url, path = info["addresses"][0], Path(info["mcp"])
    async with anyio.create_task_group() as tasks:
        for use in (by_http, by_sessions, by_rest, by_sse, by_websocket):
            tasks.start_soon(use, url, until)
        tasks.start_soon(by_lines, path, until)


async def test_memory_and_descriptors_are_flat_at_half_load(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "micro.toml").write_text("")
    serve = ("mcp", "serve", ".", "--address", "127.0.0.1:0", "--sse")
    with micro(*serve, cwd=tmp_path) as running:
        running.until((tmp_path / ".micro" / "runtime.json").is_file)
        info = record(tmp_path)
        await load(info, WARM_UP)
        processes = family(info["pid"])
        assert len(processes) > 1
        before = [(process.memory, process.descriptors) for process in processes]
        await load(info, MINUTES * 60)
        for process, (memory, descriptors) in zip(processes, before, strict=True):
            grown = process.memory - memory
            assert grown < NOISE + SLOPE * MINUTES, f"{memory:.0f} MiB grew by {grown:.1f}"
            assert process.descriptors <= descriptors + 4
