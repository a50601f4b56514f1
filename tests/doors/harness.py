"""A small runtime for the tests of doors and protocol: real registry, gateway, sockets, clients."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import ByteStream

from micro.calls import Call, Fault, Progress, Tool, ToolResult, ToolSpec
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.stdio import serve_socket
from micro.doors.web import serve_web
from micro.events import AnyEvent, CallFinished, CallStarted, EventBus, ToolsChanged
from micro.gateway.gateway import Gateway
from micro.gateway.lists import tell_lists
from micro.gateway.stages.errors import errors
from micro.gateway.stages.trace import trace
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.registry.registry import Registry
from patience import DEADLINE

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
"""Both ways in which the SDK's client begins: 2026-07-28 and 2025-11-25."""

Run = Callable[[Call], Awaitable[ToolResult]]

_TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}


class NoLedger:
    def began(self, call: Call, time: float) -> None: ...

    def ended(self, call: Call, result: ToolResult | None, finished: CallFinished) -> None: ...


def make_tool(name: str, run: Run, **spec: Any) -> Tool:
    fields = {"service": "demo", "name": name, "input_schema": _TEXT} | spec
    return Tool(spec=ToolSpec(**fields), generation=3, run=run)


async def echo(call: Call) -> ToolResult:
    structured = json.dumps({"text": json.loads(call.arguments).get("text", "")})
    block = {"type": "text", "text": structured}
    return ToolResult(content=(block,), structured=structured.encode(), generation=3)


async def fail(call: Call) -> ToolResult:
    return ToolResult.failed(Fault(kind="tool_error", message="the stock is empty"), generation=3)


async def count(call: Call) -> ToolResult:
    for step in (1, 2, 2, 3):
        if call.peer.on_progress is not None:
            await call.peer.on_progress(Progress(progress=step, total=3, message=f"step {step}"))
    asked = call.peer.on_progress is not None
    return ToolResult(content=({"type": "text", "text": f"asked: {asked}"},), generation=3)


@dataclass
class Gate:
    """A tool that waits until it is let go, and knows how its calls ended."""

    entered: anyio.Event = field(default_factory=anyio.Event)
    release: anyio.Event = field(default_factory=anyio.Event)
    cancelled: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, call: Call) -> ToolResult:
        self.entered.set()
        try:
            await self.release.wait()
        except BaseException:
            self.cancelled.set()
            raise
        return ToolResult(content=({"type": "text", "text": "released"},), generation=3)


@dataclass
class Served:
    registry: Registry
    bus: EventBus
    endpoint: McpEndpoint
    app: HttpApp
    url: str
    path: Path
    events: list[AnyEvent]
    gate: Gate
    stop: Callable[[], None]

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"

    @property
    def started(self) -> list[CallStarted]:
        return [event for event in self.events if isinstance(event, CallStarted)]

    @property
    def finished(self) -> list[CallFinished]:
        return [event for event in self.events if isinstance(event, CallFinished)]

    def add_tool(self, name: str) -> None:
        """Serve one tool more, and tell the bus as a reload does."""
        tools = [*self.registry.catalogue.tools, make_tool(name, echo)]
        assert self.registry.swap({"demo": tools})
        self.bus.publish(ToolsChanged(tools=len(tools)))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what the events bring about."""
        changed = anyio.Event()
        with anyio.fail_after(DEADLINE), self.bus.subscribe(lambda: changed.set()):
            while not condition():
                await changed.wait()
                changed = anyio.Event()


def standard_tools(gate: Gate) -> list[Tool]:
    return [
        make_tool("echo", echo, description="Give the text back."),
        make_tool("fail", fail),
        make_tool("count", count),
        make_tool("wait", gate),
    ]


def make_endpoint(bus: EventBus, gate: Gate) -> tuple[Registry, McpEndpoint]:
    registry = Registry()
    registry.swap({"demo": standard_tools(gate)})
    stages = [errors, trace(bus, NoLedger())]
    gateway = Gateway(registry, stages, on_listed=tell_lists(bus))
    identity = Identity(name="demo", version="1.2.3", instructions="Use echo.")
    return registry, McpEndpoint(gateway, bus, identity=identity)


@asynccontextmanager
async def serving() -> AsyncGenerator[Served]:
    """Serve four tools over HTTP and over a Unix socket, on whatever is free."""
    bus, gate = EventBus(), Gate()
    registry, endpoint = make_endpoint(bus, gate)
    address = Address(host="127.0.0.1")
    app = HttpApp(endpoint, access=Access.of(address))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mcp.sock")
        web, unix = bind(address), bind(Address(path=path))
        events: list[AnyEvent] = []
        bus.attach(events.append)
        try:
            async with endpoint.running(), anyio.create_task_group() as tasks:
                await tasks.start(serve_web, app, [web])
                await tasks.start(serve_socket, unix, endpoint)
                yield Served(
                    registry=registry,
                    bus=bus,
                    endpoint=endpoint,
                    app=app,
                    url=address_of(web).url if web.fileno() >= 0 else "",
                    path=path,
                    events=events,
                    gate=gate,
                    stop=tasks.cancel_scope.cancel,
                )
                tasks.cancel_scope.cancel()
        finally:
            unix.close()
            web.close()


class LineClient:
    """A client that speaks lines by hand, to send what no SDK would."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._buffer = b""

    async def send(self, *messages: object) -> None:
        for message in messages:
            await self.stream.send(json.dumps(message).encode() + b"\n")

    async def send_raw(self, data: bytes) -> None:
        await self.stream.send(data)

    async def read(self) -> Any:
        with anyio.fail_after(DEADLINE):
            while b"\n" not in self._buffer:
                self._buffer += await self.stream.receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    async def ask(self, message: dict[str, Any]) -> Any:
        await self.send(message)
        return await self.read()

    async def initialize(self) -> Any:
        answer = await self.ask(request("initialize", INITIALIZE))
        await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer


INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "hand", "version": "0.1"},
}
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "modern-hand", "version": "0.2"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def request(method: str, params: dict[str, Any] | None = None, *, id: int = 1) -> dict[str, Any]:
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": id, "method": method}
    return body if params is None else body | {"params": params}


def call(name: str, arguments: object = None, *, id: int = 1, **params: Any) -> dict[str, Any]:
    return request("tools/call", {"name": name, "arguments": arguments or {}} | params, id=id)


@asynccontextmanager
async def line_client(path: Path, *, hello: bool = True) -> AsyncGenerator[LineClient]:
    """Connect to the socket by hand; the runtime's answer to the hello has been read."""
    async with await anyio.connect_unix(str(path)) as stream:
        client = LineClient(stream)
        if hello:
            await client.ask({"micro": 1, "pid": 1, "client": "stdio"})
        yield client


def free_socket() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock
