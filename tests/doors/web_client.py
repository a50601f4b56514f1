"""HTTP clients for the tests: a real one, and one that sends what no real one would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import httpx2

from doors.harness import DEADLINE, INITIALIZE, Served, request


@asynccontextmanager
async def http(served: Served) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=served.url, timeout=DEADLINE, trust_env=False) as client:
        yield client


@asynccontextmanager
async def session(client: httpx2.AsyncClient) -> AsyncGenerator[dict[str, str]]:
    """Open a session by hand, and give its headers."""
    headers = {"accept": "application/json, text/event-stream"}
    opened = await client.post("/mcp", json=request("initialize", INITIALIZE), headers=headers)
    headers["mcp-session-id"] = opened.headers["mcp-session-id"]
    started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    await client.post("/mcp", json=started, headers=headers)
    yield headers
    await client.delete("/mcp", headers=headers)


async def raw_http(
    served: Served, target: str, *, headers: dict[str, str], body: bytes = b""
) -> bytes:
    """Send what no HTTP client would, and give all that comes back."""
    fields = {"host": "localhost", "connection": "close", "content-type": "application/json"}
    fields |= headers | {"content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    port = int(served.url.rpartition(":")[2])
    answer = b""
    with anyio.fail_after(DEADLINE):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(f"{target} HTTP/1.1\r\n{head}\r\n".encode() + body)
            async for chunk in stream:
                answer += chunk
    return answer


def modern(method: str, name: str = "") -> dict[str, str]:
    """The headers that a client of 2026-07-28 sends."""
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
    }
    return headers | ({"mcp-name": name} if name else {})
