"""Clients that ask for much and read nothing: given up in time, and nobody else is harmed."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio.abc import TaskStatus

from doors.harness import DEADLINE, MODERN, Gate, Served, call, line_client, make_tool, serving
from doors.web_client import modern
from doors.wired import raw_call
from micro.calls import Call, ToolResult
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.web import serve_web
from micro.events import ClientDisconnected, ToolsChanged
from micro.protocol.outbox import OWED_LIMIT
from micro_devtool.records import wait_until

SIZE = 200_000
"""Characters of an answer: as large as one may be that is not cut short."""
ENOUGH = 27_000_000 // SIZE
"""Answers that no system keeps for a client."""

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system cannot give up on a client"
)


def serve_large(served: Served, gate: Gate) -> None:
    """Serve a tool whose every answer is large, once the gate is open."""

    async def large(call: Call) -> ToolResult:
        await gate(call)
        return ToolResult(content=({"type": "text", "text": "x" * SIZE},))

    tools = [*served.registry.catalogue.tools, make_tool("large", large)]
    assert served.registry.swap({"demo": tools})
    served.bus.publish(ToolsChanged(tools=len(tools)))


@asynccontextmanager
async def impatient() -> AsyncGenerator[tuple[Served, int]]:
    """Serve on a second address whose connections have to be read from soon."""
    sock = bind(Address(host="127.0.0.1"), unread_timeout=0.5)
    async with serving() as served, anyio.create_task_group() as tasks:
        gate = Gate()
        gate.release.set()
        serve_large(served, gate)
        await tasks.start(serve_web, HttpApp(served.endpoint), [sock])
        yield served, address_of(sock).port
        tasks.cancel_scope.cancel()


def is_connected(port: int) -> bool:
    """Whether the server has a connection: one that the system gives up tells nobody."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(
        line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines
    )


async def test_a_client_over_http_that_does_not_read_is_given_up():
    async with impatient() as (served, port), await anyio.connect_tcp("127.0.0.1", port) as stream:
        body = json.dumps(call("demo_large", _meta=MODERN)).encode()
        headers = modern("tools/call", "demo_large") | {
            "host": "localhost",
            "content-type": "application/json",
            "content-length": str(len(body)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        message = f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body
        assert is_connected(port)
        await stream.send(message * ENOUGH)
        gone = partial(wait_until, lambda: not is_connected(port), within=DEADLINE)
        assert await anyio.to_thread.run_sync(gone)
        assert len(served.finished) < 30


async def test_a_server_that_stops_does_not_wait_for_clients_that_do_not_read(
    caplog: pytest.LogCaptureFixture,
):
    sock = bind(Address(host="127.0.0.1"))
    url, stopping, stopped = address_of(sock), anyio.CancelScope(), anyio.Event()

    async def serve(served: Served, *, task_status: TaskStatus[None]) -> None:
        app = HttpApp(served.endpoint)
        with stopping:
            await serve_web(app, [sock], stop_timeout=DEADLINE * 2, task_status=task_status)
        stopped.set()

    async with serving() as served, anyio.create_task_group() as tasks:
        gate = Gate()
        gate.release.set()
        serve_large(served, gate)
        await tasks.start(serve, served)
        async with await anyio.connect_tcp("127.0.0.1", url.port) as stream:
            for _ in range(ENOUGH):
                await stream.send(raw_call("demo_large"))
            stopping.cancel()
            with anyio.fail_after(DEADLINE):
                await stopped.wait()
    assert not caplog.records


async def test_a_client_over_a_websocket_that_does_not_read_is_given_up():
    async with impatient() as (served, port), await anyio.connect_tcp("127.0.0.1", port) as stream:
        upgrade = (
            "GET /mcp/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
            "connection: upgrade\r\nsec-websocket-version: 13\r\n"
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await stream.send(upgrade.encode())
        await stream.receive()
        message = json.dumps(call("demo_large", _meta=MODERN)).encode()
        frame = b"\x81\xfe" + len(message).to_bytes(2) + b"\0\0\0\0" + message
        await stream.send(frame * ENOUGH)
        await served.until(lambda: ClientDisconnected in map(type, served.events))


async def test_a_client_that_is_owed_too_much_is_given_up_and_others_are_served(
    caplog: pytest.LogCaptureFixture,
):
    async with serving() as served, line_client(served.path) as client:
        gate = Gate()
        serve_large(served, gate)
        number = OWED_LIMIT // SIZE + 20
        await client.send(*[call("demo_large", id=n, _meta=MODERN) for n in range(number)])
        await served.until(lambda: len(served.started) == number)
        gate.release.set()
        await served.until(lambda: ClientDisconnected in map(type, served.events))
        async with line_client(served.path) as other:
            assert (await other.ask(call("demo_echo", _meta=MODERN)))["result"]["isError"] is False
    assert "was given up" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
