"""The types that move on the hot way: tool, call, result, stage, and the fold of stages.

Knows nothing of how a tool is declared (``services``), where its code runs (``backends``) or which
stages there are (``gateway``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, NamedTuple

import msgspec

from micro.peers import NOBODY as NOBODY
from micro.peers import Peer as Peer
from micro.peers import Progress as Progress
from micro.peers import ProgressSink as ProgressSink
from micro.peers import Question
from micro.specs import Kind as Kind
from micro.specs import ResourceSpec as ResourceSpec
from micro.specs import ToolSpec as ToolSpec

Door = Literal["stdio", "http", "websocket", "sse", "rest", "cli", "dashboard", "memory", "service"]
"""The way in by which a call came. ``service``: another tool called it."""


RELOAD_ERROR_KEY = "micro/reload_error"
"""Where an answer's ``meta`` says why what was saved last does not load, if it does not."""
APPROVED_BY_KEY = "micro/approved_by"
"""Where a result's ``meta`` says who allowed the call, if somebody had to."""


AUDIT_KEY = "micro/audit"
"""Where a result's ``meta`` says ``not kept`` if there is no audit record of its call."""

ERROR_KEY = "micro/error"
RETRYABLE_KEY = "micro/retryable"
"""Where the ``meta`` of a tool's failure says of what kind it is, and whether time may mend it."""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of one generation and the handle that runs it. A reload makes a new one.

    ``guard`` runs it within the stages that its scopes and its policy ask for; ``None``: no stages.
    """

    spec: ToolSpec
    generation: int
    run: Callable[[Call], Awaitable[ToolResult]]
    guard: Callable[[Call], Awaitable[ToolResult]] | None = None


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who calls, and by which door.

    Attributes:
        client: Name of the client program, as it says itself; untrusted text, may be empty.
        subject: Who the call acts for. ``local``: whoever can reach this machine's loopback.
        scopes: What the caller holds; ``*`` is everything, ``a:*`` all that begins with ``a:``.
        protocol: Version of MCP that the client speaks; empty by doors that are not MCP's.
        rejection: Why its credentials were not taken; empty where they were, or none are needed.
        expires: When they end, in seconds since the epoch; ``None`` if they do not.
        key: Id of the local key that it came with, which may be revoked at any moment.
    """

    door: Door
    client: str = ""
    client_version: str = ""
    protocol: str = ""
    subject: str = "local"
    scopes: tuple[str, ...] = ("*",)
    depth: int = 0
    rejection: str = ""
    expires: float | None = None
    key: str = ""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One ``tools/call`` through the gateway; a stage passes on ``replace(call, …)``.

    Attributes:
        id: Counted from 1 in this runtime.
        name: The tool's name as it was asked for, canonical where it is known.
        tool: ``None`` if no tool has that name: the innermost stage refuses.
        arguments: JSON text of an object, as it was sent.
        trace_id: W3C, 32 hex digits. ``span_id``: 16, this call's own. ``parent_id``: the
            caller's span, empty if it sent none.
        started: When the gateway took it, on ``time.perf_counter``'s clock.
        deadline: On ``time.monotonic``'s clock, or ``None``.
        peer: What the caller can be told and asked meanwhile.
        kind: What was asked for, a tool or something else of a service.
        marks: The stages that the call has been through, innermost first: name, begin and end on
            the clock of ``started``. One list for all that a call is replaced by.
    """

    id: int
    name: str
    tool: Tool | None
    arguments: bytes
    trace_id: str
    span_id: str
    parent_id: str = ""
    caller: Caller
    started: float = msgspec.field(default_factory=perf_counter)
    deadline: float | None = None
    peer: Peer = NOBODY
    kind: Kind = "tool"
    marks: list[tuple[str, float, float]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a tool failed. ``kind`` is for machines, ``message`` is safe for the client.

    ``traceback`` is for the developer only, cut to the author's frames, and never leaves by a door.
    """

    kind: Literal[
        "bad_arguments",
        "tool_error",
        "cannot_ask",
        "exception",
        "bad_result",
        "host_lost",
        "audit_unavailable",
        "gone",
        "timeout",
    ]
    message: str
    retryable: bool = False
    traceback: str = ""


class ToolResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a call gives.

    Attributes:
        content: MCP content blocks as they go out.
        structured: JSON text of the structured content (an object), encoded once where the types
            are; ``None`` where there is none.
        fault: Why the tool failed; ``None`` on success. ``is_error`` follows from it.
        phases: (name, start, duration) in seconds after the call's start, as measured inside.
        generation: The generation whose code answered; 0 if none did.
        trace_id: The call's, set by the gateway.
        meta: Goes out under ``_meta``.
        asks: What the client has to be asked before there is a result: its answers come with
            another call of the same. With a fault: what it cannot be asked.
    """

    content: Sequence[Mapping[str, Any]] = ()
    structured: bytes | None = None
    fault: Fault | None = None
    phases: tuple[tuple[str, float, float], ...] = ()
    generation: int = 0
    trace_id: str = ""
    meta: Mapping[str, Any] = {}
    asks: tuple[Question, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the tool failed."""
        return self.fault is not None

    @property
    def reason(self) -> str:
        """Why it is no usual result: how the tool failed, or that it asks; else empty."""
        if self.fault is not None:
            return self.fault.kind
        return "input_required" if self.asks else ""

    @property
    def text(self) -> str:
        """The text blocks, joined by newlines."""
        return "\n".join(block["text"] for block in self.content if block.get("type") == "text")

    @classmethod
    def failed(cls, fault: Fault, *, generation: int = 0) -> ToolResult:
        """The result of a tool that failed: its message is what the model reads."""
        return cls(
            content=({"type": "text", "text": fault.message},), fault=fault, generation=generation
        )


CallNext = Callable[[Call], Awaitable[ToolResult]]
Stage = Callable[[Call, CallNext], Awaitable[ToolResult]]


class Timed(NamedTuple):
    """A stage that is marked in each call: when it was entered and left, under its name."""

    name: str
    stage: Stage


Stages = Sequence[Stage | Timed]
"""Rings round a call, outermost first."""


def compose(stages: Stages, innermost: CallNext) -> CallNext:
    """Fold stages round ``innermost`` into one callable."""
    run = innermost
    for stage in reversed(stages):
        run = _timed(*stage, run) if isinstance(stage, Timed) else _around(stage, run)
    return run


def _around(stage: Stage, call_next: CallNext) -> CallNext:
    def run(call: Call) -> Awaitable[ToolResult]:
        return stage(call, call_next)

    return run


def _timed(name: str, stage: Stage, call_next: CallNext) -> CallNext:
    async def run(call: Call) -> ToolResult:
        began = perf_counter()
        try:
            return await stage(call, call_next)
        finally:
            call.marks.append((name, began, perf_counter()))

    return run


def run_tool(call: Call) -> Awaitable[ToolResult]:
    """Run a call's own tool, without its guard.

    ``call.tool`` is there: who calls this has refused a call that has none.
    """
    assert call.tool is not None
    return call.tool.run(call)
