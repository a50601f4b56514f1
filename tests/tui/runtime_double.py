"""A control socket with a runtime behind it that only tells what a test puts in."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from micro.calls import Caller
from micro.control import Called, serve_control
from micro.events import EventBus
from micro.snapshots import CallDetail, Snapshot
from micro.stores.records import AuditReader


@dataclass(kw_only=True)
class RuntimeDouble:
    state: Snapshot
    bus: EventBus = field(default_factory=EventBus)
    details: dict[int, CallDetail] = field(default_factory=dict[int, CallDetail])
    orders: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    records: AuditReader | None = None

    def snapshot(self) -> Snapshot:
        return self.state

    def detail(self, call: int) -> CallDetail | None:
        return self.details.get(call)

    async def control_call(self, tool: str, arguments: bytes, caller: Caller) -> Called:
        self.orders.append((f"call as {caller.client} by {caller.door}", tool))
        return Called(text="done", structured="", is_error=False, trace_id="1" * 32)

    async def reload(self, service: str) -> None:
        self.orders.append(("reload", service))

    def decide(self, call: int, *, allowed: bool, by: str) -> None:
        self.orders.append((f"decide {allowed}", str(call)))

    def request_stop(self) -> None:
        self.orders.append(("stop", ""))


@asynccontextmanager
async def listening(runtime: RuntimeDouble, path: Path) -> AsyncGenerator[None]:
    """Serve the control socket while the block runs."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(serve_control, runtime, listener)
                yield
                tasks.cancel_scope.cancel()
        finally:
            os.unlink(path)
