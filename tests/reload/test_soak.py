"""Reloads under callers at several doors: no call fails, none is answered by old code.

`MICRO_SOAK=1000 pytest tests/reload/test_soak.py --timeout 900` runs it at full length.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from anyio.streams.buffered import BufferedByteReceiveStream

from devtool.harness import dev, record
from micro.backends.host.upkeep import resident

RELOADS = int(os.environ.get("MICRO_SOAK", "30"))
CALLERS = 64
SERVICE = """
import os
from micro import Service

soak = Service("soak")

@soak.tool
def number() -> dict[str, int]:
    "Give the number of this code, and the process."
    return {"number": 0, "pid": os.getpid()}
"""
Ask = Callable[[], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def http_caller(address: str) -> AsyncGenerator[Ask]:
    """One kept-alive connection to the HTTP door."""
    url = urlsplit(address)
    assert url.hostname and url.port
    body = b'{"tool":"soak.number","input":{}}'
    request = (
        f"POST /mcp/call HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    async with await anyio.connect_tcp(url.hostname, url.port) as stream:
        reader = BufferedByteReceiveStream(stream)

        async def ask() -> dict[str, Any]:
            await stream.send(request)
            head = (await reader.receive_until(b"\r\n\r\n", 8192)).lower()
            assert head.startswith(b"http/1.1 200"), head
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            return json.loads(await reader.receive_exactly(length))["result"]

        yield ask


@asynccontextmanager
async def socket_caller(path: str) -> AsyncGenerator[Ask]:
    """One agent at the project's socket, as its bridge connects."""
    async with await anyio.connect_unix(path) as stream:
        reader = BufferedByteReceiveStream(stream)

        async def exchange(message: dict[str, Any]) -> dict[str, Any]:
            await stream.send(json.dumps(message).encode() + b"\n")
            while True:
                answer = json.loads(await reader.receive_until(b"\n", 65_536))
                if "micro" in answer or answer.get("id") == message.get("id"):
                    return answer

        await exchange({"micro": 1, "pid": os.getpid()})
        params: dict[str, Any] = {"protocolVersion": "2025-11-25", "capabilities": {}}
        params["clientInfo"] = {"name": "soak", "version": "1"}
        await exchange({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await stream.send(json.dumps(ready).encode() + b"\n")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        call["params"] = {"name": "soak_number", "arguments": {}}

        async def ask() -> dict[str, Any]:
            result = (await exchange(call))["result"]
            assert not result.get("isError"), result
            return result["structuredContent"]

        yield ask


class Soak:
    """A file that is saved again and again, and those who call what it defines."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.saved = 0
        self.calls = 0
        self.over = False
        self.processes: set[int] = set()

    async def call(self, ask: Ask) -> None:
        """Call once: what was saved before may not be answered by older code."""
        least = self.saved
        answer = await ask()
        assert answer["number"] >= least
        self.processes.add(answer["pid"])
        self.calls += 1

    async def call_on(self, door: Callable[[str], Any], address: str) -> None:
        """Call until it is over; a caller's connection is never cut while an answer is due."""
        async with door(address) as ask:
            while not self.over:
                await self.call(ask)

    async def save(self) -> None:
        """Save as an editor does."""
        text = SERVICE.replace('"number": 0', f'"number": {self.saved + 1}')
        beside = self.file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.file)
        self.saved += 1


async def test_reloads_under_callers_lose_no_call_and_serve_no_old_code(tmp_path: Path):
    file = tmp_path / "soak.py"
    file.write_text(SERVICE)
    (tmp_path / "micro.toml").touch()
    with dev(tmp_path) as command:
        address = command.event("runtime_started")["addresses"][0]
        socket = record(tmp_path)["mcp"]
        soak = Soak(file)
        sizes: list[int] = []
        async with anyio.create_task_group() as tasks, http_caller(address) as ask:
            for _ in range(CALLERS // 2):
                tasks.start_soon(soak.call_on, http_caller, address)
                tasks.start_soon(soak.call_on, socket_caller, socket)
            for number in range(RELOADS):
                await soak.save()
                await soak.call(ask)
                if number in (RELOADS // 4, RELOADS - 1):
                    sizes.append(sum(map(resident, soak.processes)))
            soak.over = True
        loaded = [json.loads(line) for line in command.out]
        kinds = [event["event"] for event in loaded]
        assert len(soak.processes) == 1
        assert soak.calls > RELOADS
        assert {"service_failed", "host_exited", "tools_changed"}.isdisjoint(
            kinds[kinds.index("runtime_started") :]
        )
        assert sizes[1] - sizes[0] < 20 * 2**20
