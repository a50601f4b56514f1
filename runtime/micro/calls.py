"""The types that move on the hot way: tool, call, result, stage, and the fold of stages.

Knows nothing of how a tool is declared (``services``), where its code runs (``backends``) or which
stages there are (``gateway``).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from micro.policies import NO_POLICY, Policy

Door = Literal["stdio", "http", "websocket", "rest", "cli", "dashboard", "memory", "service"]
"""The way in by which a call came. ``service``: another tool called it."""


APPROVED_BY_KEY = "micro/approved_by"
"""Where a result's ``meta`` says who allowed the call, if somebody had to."""


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tool wherever its code runs: crosses the host's socket as it is.

    Attributes:
        service: Name of the service that the tool belongs to.
        name: Name within the service.
        input_schema: JSON Schema 2020-12 of the arguments, an object.
        output_schema: JSON Schema of the structured result, an object; ``None`` if untyped.
        scopes: All of these are needed to call; ``a|b`` is one of the two.
        policy: What else is asked of its calls.
        annotations: MCP's hints (``readOnlyHint`` and so on), only those that were set.
        examples: Arguments from ``@example``, each an object.
        returns: The docstring's words on the result.
        raises: (exception, words) from the docstring.
        file: Where the function is written, relative to the project if inside it.
    """

    service: str
    name: str
    title: str = ""
    description: str = ""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    policy: Policy = NO_POLICY
    annotations: dict[str, Any] = {}
    examples: tuple[dict[str, Any], ...] = ()
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0

    @property
    def full_name(self) -> str:
        """The name for people, scopes and config: ``users.get_user``."""
        return f"{self.service}.{self.name}"

    @property
    def wire_name(self) -> str:
        """The name on the wire, which real clients accept: ``users_get_user``."""
        return f"{self.service}_{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool of one generation and the handle that runs it. A reload makes a new one.

    ``guard`` runs it within the stages that its scopes and its policy ask for; ``None``: no stages.
    """

    spec: ToolSpec
    generation: int
    run: Callable[[Call], Awaitable[ToolResult]]
    guard: Callable[[Call], Awaitable[ToolResult]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a call is. ``total`` is ``None`` where it is not known."""

    progress: float
    total: float | None = None
    message: str | None = None


ProgressSink = Callable[[Progress], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and by which door.

    Attributes:
        client: Name of the client program, as it says itself; untrusted text, may be empty.
        subject: Who the call acts for. ``local``: whoever can reach this machine's loopback.
        scopes: What the caller holds; ``*`` is everything, ``a:*`` all that begins with ``a:``.
        rejection: Why its credentials were not taken; empty where they were, or none are needed.
        expires: When they end, in seconds since the epoch; ``None`` if they do not.
    """

    door: Door
    client: str = ""
    client_version: str = ""
    subject: str = "local"
    scopes: tuple[str, ...] = ("*",)
    depth: int = 0
    rejection: str = ""
    expires: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
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
        on_progress: Takes what the tool reports; ``None`` if the caller did not ask.
    """

    id: int
    name: str
    tool: Tool | None
    arguments: bytes
    trace_id: str
    span_id: str
    parent_id: str = ""
    caller: Caller
    started: float = field(default_factory=time.perf_counter)
    deadline: float | None = None
    on_progress: ProgressSink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a tool failed. ``kind`` is for machines, ``message`` is safe for the client.

    ``traceback`` is for the developer only, cut to the author's frames, and never leaves by a door.
    """

    kind: Literal[
        "bad_arguments", "tool_error", "exception", "bad_result", "host_lost", "gone", "timeout"
    ]
    message: str
    retryable: bool = False
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
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
    """

    content: Sequence[Mapping[str, Any]] = ()
    structured: bytes | None = None
    fault: Fault | None = None
    phases: tuple[tuple[str, float, float], ...] = ()
    generation: int = 0
    trace_id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_error(self) -> bool:
        """Whether the tool failed."""
        return self.fault is not None

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


def compose(stages: Sequence[Stage], innermost: CallNext) -> CallNext:
    """Fold stages, outermost first, round ``innermost`` into one callable."""
    run = innermost
    for stage in reversed(stages):
        run = _around(stage, run)
    return run


def _around(stage: Stage, call_next: CallNext) -> CallNext:
    async def run(call: Call) -> ToolResult:
        return await stage(call, call_next)

    return run


async def run_tool(call: Call) -> ToolResult:
    """Run a call's own tool, without its guard; its phases count from the call's start.

    ``call.tool`` is there: who calls this has refused a call that has none.
    """
    assert call.tool is not None
    offset = time.perf_counter() - call.started
    result = await call.tool.run(call)
    phases = tuple((name, start + offset, took) for name, start, took in result.phases)
    return replace(result, phases=phases)
