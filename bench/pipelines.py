"""Gateways with some or all of the stages round one tool, for ``pipeline`` and ``servers``.

They are put together as ``micro.runtime`` does it; what is measured with them is elsewhere.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import micro
from micro.backends.inprocess import InProcessBackend
from micro.calls import Call, Stage, ToolResult
from micro.events import EventBus
from micro.gateway.auth.auth import Identity
from micro.gateway.gateway import Gateway
from micro.gateway.guards import Guards
from micro.gateway.options import GatewayOptions, rules_of
from micro.gateway.stages.admission import Admission
from micro.gateway.stages.audit import Audit
from micro.gateway.stages.errors import errors
from micro.gateway.stages.trace import trace
from micro.redaction import Redactor
from micro.registry.registry import Registry
from micro.serving import Serving
from micro.snapshots import AuditRecord
from micro.stores.audit import AuditLog
from micro.stores.history import History
from micro.stores.ledger import Ledger

TOKEN = "bench-token"


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def service(**asked: Any) -> micro.Service:
    """Give the service; ``asked``: what its tool asks of calls."""
    made = micro.Service("bench")
    made.tool(**asked)(add)
    return made


async def verify(token: str) -> Identity | None:
    """Know the one token."""
    return Identity(subject="alice", scopes=("bench:*",)) if token == TOKEN else None


EVERYTHING: GatewayOptions = {
    "auth": verify,
    "rate_limit": "1000000/s",
    "subject_rate_limit": "1000000/s",
    "calls_in_flight": 20_000,
}
"""What all calls are asked for where everything is on, besides a scope."""


async def _ask(tool: str, arguments: bytes, parent: Call) -> ToolResult:
    raise NotImplementedError(tool)


async def _forget(record: AuditRecord) -> bool:
    return True


@asynccontextmanager
async def gateway(
    stages: Sequence[Callable[[EventBus], Stage]] = (),
    asked: dict[str, Any] | None = None,
    options: GatewayOptions | None = None,
) -> AsyncGenerator[Gateway]:
    """Give a gateway whose tool runs in this process.

    Args:
        stages: Make the rings round every call, outermost first.
        asked: What the tool asks of its calls.
        options: What is asked of all calls.
    """
    bus = EventBus()
    guards = Guards(rules_of(options or {}), bus)
    registry = Registry(guards.around)
    async with InProcessBackend([service(**asked or {})], registry, bus=bus, ask=_ask).serving():
        yield Gateway(registry, [make(bus) for make in stages])


def tracing(bus: EventBus) -> Stage:
    """Make the stage that tells of calls, with the ledger in memory behind it."""
    redactor = Redactor({})
    ledger = Ledger(redactor)
    bus.redact = redactor.event
    bus.attach(ledger.take, calls=False)
    return trace(bus, ledger, redactor)


SINGLE: dict[str, tuple[tuple[Callable[[EventBus], Stage], ...], dict[str, Any]]] = {
    "errors": ((lambda bus: errors,), {}),
    "trace, ledger in memory": ((tracing,), {}),
    "audit, record only": ((lambda bus: Audit(_forget),), {}),
    "admission": ((lambda bus: Admission(20_000),), {}),
    "scopes": ((), {"scopes": ["bench:add"]}),
    "rate limit": ((), {"rate_limit": "1000000/s"}),
    "breaker": ((), {"breaker": True}),
    "deadline": ((), {"timeout": 30.0}),
    "concurrency": ((), {"concurrency": 1000}),
}
"""One stage each: those of the gateway, and what the tool asks for."""


@asynccontextmanager
async def kept_calls(folder: Path) -> AsyncGenerator[tuple[AuditLog, History]]:
    """Give the two stores of a project, open, as they are by default."""
    log = AuditLog(folder / "audit.db", _fail)
    history = History(folder / "calls.db", on_problem=_fail)
    log.open()
    history.open()
    try:
        yield log, history
    finally:
        history.close()
        log.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A library's server with everything on, and the stores behind it."""

    serving: Serving
    history: History
    folder: Path


@asynccontextmanager
async def everything(*, audited: bool = True, remembered: bool = True) -> AsyncGenerator[Whole]:
    """Give a library's server with all stages on, running.

    Args:
        audited: Whether records go to SQLite before answers leave.
        remembered: Whether calls go to SQLite, whole, afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="micro-bench-") as name:
        folder = Path(name)
        async with kept_calls(folder) as (log, history):

            async def write(record: AuditRecord) -> None:
                await log.write(record)

            serving = Serving(
                service(scopes=["bench:add"]), audit=write if audited else None, **EVERYTHING
            )
            if remembered:
                serving.runtime.keep_calls(history.add)
            async with serving.running():
                yield Whole(serving=serving, history=history, folder=folder)


def _fail(problem: Exception) -> None:
    raise SystemExit(f"bench: {problem}")
