"""Binds and runs single functions as tools, for the tests of authoring."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micro.backends.local import LocalService
from micro.calls import Call, Caller, Peer, ProgressSink, Tool, ToolResult
from micro.services.arguments import BadArguments
from micro.services.binding import BoundTool
from micro.services.context import CallTool
from micro.services.service import Service

TRACE = "0af7651916cd43dd8448eb211c80319c"


def bound(function: Callable[..., Any], **options: Any) -> BoundTool:
    service = Service("demo")
    service.tool(**options)(function)
    (tool,) = service.bind()
    return tool


def properties(function: Callable[..., Any]) -> dict[str, Any]:
    return bound(function).spec.input_schema["properties"]


def parsed(function: Callable[..., Any], arguments: Any) -> dict[str, Any]:
    return bound(function).arguments.parse(json.dumps(arguments).encode())


def refusal(function: Callable[..., Any], arguments: Any) -> str:
    sent = arguments if isinstance(arguments, bytes) else json.dumps(arguments).encode()
    try:
        accepted = bound(function).arguments.parse(sent)
    except BadArguments as error:
        return str(error)
    raise AssertionError(f"{accepted} was accepted")


def call_of(
    arguments: Any = None,
    *,
    id: int = 7,
    deadline: float | None = None,
    on_progress: ProgressSink | None = None,
    peer: Peer | None = None,
    caller: Caller | None = None,
) -> Call:
    sent = arguments if isinstance(arguments, bytes) else json.dumps(arguments or {}).encode()
    return Call(
        id=id,
        name="demo.tool",
        tool=None,
        arguments=sent,
        trace_id=TRACE,
        span_id="b7ad6b7169203331",
        caller=caller or Caller(door="memory"),
        deadline=deadline,
        peer=peer or Peer(on_progress=on_progress),
    )


def local(
    service: Service, *, root: Path | None = None, call_tool: CallTool | None = None
) -> LocalService:
    return LocalService(service, generation=3, root=root, call_tool=call_tool)


def only_tool(function: Callable[..., Any], **more: Any) -> Tool:
    service = Service("demo")
    service.tool(function)
    (tool,) = local(service, **more).tools
    return tool


async def answer(function: Callable[..., Any], arguments: Any = None, **more: Any) -> ToolResult:
    return await only_tool(function).run(call_of(arguments, **more))
