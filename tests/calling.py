"""Tools, calls and a whole gateway by hand, for tests of what lies round a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio

from clocks import Clock
from micro.calls import Call, Caller, Fault, Stage, Tool, ToolResult, ToolSpec
from micro.errors import Refused
from micro.events import AnyEvent, EventBus
from micro.gateway.gateway import Gateway
from micro.gateway.guards import Guards
from micro.gateway.limits.buckets import Buckets
from micro.gateway.rules import Rules
from micro.gateway.stages.audit import Audit
from micro.gateway.stages.errors import errors
from micro.gateway.stages.trace import trace
from micro.registry.registry import Registry
from micro.snapshots import AuditRecord
from micro.stores.ledger import Ledger
from patience import DEADLINE

CALLER = Caller(door="memory", client="tests", client_version="1", subject="ada", scopes=("a", "b"))

Run = Callable[[Call], Awaitable[ToolResult]]


def make_tool(name: str, run: Run, **spec: Any) -> Tool:
    fields = {"service": "demo", "name": name, "input_schema": {"type": "object"}} | spec
    return Tool(spec=ToolSpec(**fields), generation=3, run=run)


def make_call(number: int = 1, **fields: Any) -> Call:
    given: dict[str, Any] = {
        "id": number,
        "name": "demo.ok",
        "tool": None,
        "arguments": b"{}",
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "caller": CALLER,
    }
    return Call(**given | fields)


def text_result(text: str, **fields: Any) -> ToolResult:
    return ToolResult(content=({"type": "text", "text": text},), generation=3, **fields)


async def ok(call: Call) -> ToolResult:
    return text_result("fine", structured=b'{"answer":42}', phases=(("run", 0.0, 0.001),))


async def fail(call: Call) -> ToolResult:
    fault = Fault(kind="tool_error", message="the stock is empty", traceback="shop.py line 3")
    return ToolResult.failed(fault, generation=3)


async def break_down(call: Call) -> ToolResult:
    raise RuntimeError("secret path /srv/keys")


async def hang(call: Call) -> ToolResult:
    await anyio.sleep_forever()
    raise AssertionError


@dataclass
class World:
    """A gateway with every stage there is, and all that came out of it."""

    bus: EventBus = field(default_factory=EventBus)
    rules: Rules = field(default_factory=Rules)
    clock: Clock = field(default_factory=Clock)
    ledger: Ledger = field(default_factory=Ledger)
    records: list[AuditRecord] = field(default_factory=list[AuditRecord])
    events: list[AnyEvent] = field(default_factory=list[AnyEvent])

    def __post_init__(self) -> None:
        store = Buckets(self.clock.nanoseconds)
        self.guards = Guards(self.rules, self.bus, store=store, clock=self.clock)
        self.registry = Registry(self.guards.around)
        self.bus.attach(self.ledger.take)
        self.bus.attach(self.events.append)
        tools = [("ok", ok), ("fail", fail), ("break", break_down), ("hang", hang)]
        self.registry.swap({"demo": [make_tool(name, run) for name, run in tools]})
        stages = [errors, trace(self.bus, self.ledger), Audit(self.keep)]
        self.gateway = self.with_stages(stages)

    def with_stages(self, stages: list[Stage]) -> Gateway:
        return Gateway(self.registry, stages)

    async def keep(self, record: AuditRecord) -> bool:
        await anyio.lowlevel.checkpoint()
        self.records.append(record)
        return True

    def serve(self, name: str, run: Run, **spec: Any) -> None:
        """Serve one tool more, as a new generation of the service."""
        kept = [tool for tool in self.registry.catalogue.tools if tool.spec.name != name]
        self.registry.swap({"demo": [*kept, make_tool(name, run, **spec)]})

    async def call(self, name: str, arguments: bytes = b"{}", **options: Any) -> ToolResult:
        return await self.gateway.call(name, arguments, **{"caller": CALLER} | options)

    async def verdicts(self, name: str, calls: int, **options: Any) -> list[str]:
        """Make calls one after another; give how each ended, as its record says."""
        before = len(self.records)
        for _ in range(calls):
            with suppress(Refused):
                await self.call(name, **options)
        return [record.reason or record.outcome for record in self.records[before:]]

    def of_kind(self, kind: type[AnyEvent]) -> list[Any]:
        return [event for event in self.events if type(event) is kind]


async def until(bus: EventBus, condition: Callable[[], object]) -> None:
    """Wait for what events bring about."""
    changed = anyio.Event()
    with anyio.fail_after(DEADLINE), bus.subscribe(lambda: changed.set()):
        while not condition():
            await changed.wait()
            changed = anyio.Event()
