"""A small shop to draw: services, tools, calls. Fixed times, no clock."""

from __future__ import annotations

from typing import Any

from micro.events import (
    CallFinished,
    CallStarted,
    LoadError,
    LogWritten,
    Outcome,
    ServiceFailed,
    ServiceLoaded,
)
from micro.snapshots import (
    CallDetail,
    CallView,
    ClientView,
    HostView,
    Phase,
    ServiceView,
    Snapshot,
    ToolView,
)

NOW = 1_800_000_000.0
TRACE = "7f3ca91e0d2b4c5f8a6b7c8d9e0f1a2b"


def make_tool(full_name: str, **fields: Any) -> ToolView:
    service, _, name = full_name.partition(".")
    base: dict[str, Any] = {
        "name": full_name,
        "wire_name": full_name.replace(".", "_"),
        "title": "",
        "description": f"{name.capitalize()} an order.",
        "input_schema": {
            "type": "object",
            "properties": {
                "sku": {"type": "string", "description": "The article"},
                "qty": {"type": "integer", "minimum": 1, "default": 1},
            },
            "required": ["sku"],
        },
        "output_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
        "scopes": (f"{service}:write",),
        "annotations": {"readOnlyHint": True},
        "examples": ({"sku": "A-113", "qty": 2},),
        "returns": "The order as it was stored.",
        "raises": (("OutOfStock", "Nothing is left."),),
        "file": f"services/{service}.py",
        "line": 31,
    }
    return ToolView(**{**base, **fields})


def make_service(name: str, *tools: str, **fields: Any) -> ServiceView:
    base: dict[str, Any] = {
        "name": name,
        "version": "1.0.0",
        "description": "",
        "generation": 1,
        "state": "serving",
        "loaded_at": NOW - 60,
        "load_duration": 0.0127,
        "file": f"services/{name}.py",
        "error": None,
        "changes": (),
        "tools": tuple(make_tool(f"{name}.{tool}") for tool in tools),
    }
    return ServiceView(**{**base, **fields})


def make_snapshot(**fields: Any) -> Snapshot:
    base: dict[str, Any] = {
        "project": "/home/kim/shop",
        "name": "shop-api",
        "pid": 42,
        "version": "0.1.0",
        "started_at": NOW - 100,
        "addresses": ("http://127.0.0.1:3000/mcp",),
        "host": HostView(pid=43, state="serving"),
        "services": (
            make_service("orders", "create", "get", generation=7),
            make_service("billing", "charge", generation=2),
        ),
        "calls": (),
        "logs": (),
        "clients": (
            ClientView(connection="1", door="stdio", client="claude-code", since=NOW - 300),
        ),
        "problems": (),
    }
    return Snapshot(**{**base, **fields})


def started(call: int, tool: str = "orders.create", **fields: Any) -> CallStarted:
    base: dict[str, Any] = {
        "time": NOW - 10 + call / 1000,
        "call": call,
        "trace_id": f"{call:032x}",
        "tool": tool,
        "door": "http",
        "client": "claude-code",
        "subject": "local",
        "arguments": '{"sku":"A-113","qty":2}',
    }
    return CallStarted(**{**base, **fields})


def finished(
    call: int,
    outcome: Outcome = "ok",
    *,
    duration: float = 0.0382,
    reason: str = "",
    said: str = "",
) -> CallFinished:
    return CallFinished(
        time=NOW - 10 + call / 1000 + duration,
        call=call,
        outcome=outcome,
        duration=duration,
        generation=7,
        reason=reason,
        said=said,
    )


def make_view(call: int = 1, **fields: Any) -> CallView:
    base: dict[str, Any] = {
        "call": call,
        "time": NOW - 10 + call / 1000,
        "tool": "orders.create",
        "door": "http",
        "client": "claude-code",
        "subject": "local",
        "trace_id": f"{call:032x}",
        "arguments": '{"sku":"A-113","qty":2}',
        "outcome": "ok",
        "duration": 0.0382,
        "generation": 7,
    }
    return CallView(**{**base, **fields})


def make_detail(call: int = 1, **fields: Any) -> CallDetail:
    base: dict[str, Any] = {
        "view": make_view(call),
        "arguments": '{"sku":"A-113","qty":2}',
        "result": '{"id":"ord_9f2","total_cents":3798}',
        "phases": (
            Phase(name="gateway", start=0, duration=0.0382),
            Phase(name="orders.create", start=0.001, duration=0.036),
        ),
        "logs": (make_log("reserving two", call=call),),
        "traceback": "",
    }
    return CallDetail(**{**base, **fields})


def make_log(text: str, **fields: Any) -> LogWritten:
    base: dict[str, Any] = {
        "time": NOW - 5,
        "service": "orders",
        "call": None,
        "level": "info",
        "logger": "shop",
        "text": text,
    }
    return LogWritten(**{**base, **fields})


def reloaded(generation: int, *changes: str, service: str = "orders") -> ServiceLoaded:
    return ServiceLoaded(
        time=NOW,
        service=service,
        generation=generation,
        file=f"services/{service}.py",
        tools=(f"{service}.create", f"{service}.get"),
        duration=0.041,
        changes=changes,
    )


def failed(service: str = "billing", serving: int | None = 2, line: int = 41) -> ServiceFailed:
    error = LoadError(
        file=f"services/{service}.py",
        line=line,
        message="SyntaxError: '(' was never closed",
        frames=f'  File "services/{service}.py", line {line}\n    result = post(',
    )
    return ServiceFailed(time=NOW, service=service, error=error, serving=serving)
