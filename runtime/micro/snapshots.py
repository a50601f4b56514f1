"""Frozen views of what the runtime holds, as the dashboard and the command line get them.

They cross the control socket as JSON. Nothing here changes; a later view is another object.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from micro.events import LoadError, LogWritten, Outcome, ProblemFound, ToolsListed

WAITS = frozenset({"queue", "decision"})
"""The phases of a call in which it stood still."""


class ToolView(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as people and exports see it. ``name`` is canonical, ``wire_name`` is MCP's.

    ``approval``: which of its calls somebody has to allow; empty: none. ``limits``: what else its
    declaration asks of calls, in words. Resources (with a ``uri``) and prompts are seen so too.
    """

    name: str
    wire_name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    scopes: tuple[str, ...]
    annotations: dict[str, Any]
    examples: tuple[dict[str, Any], ...]
    returns: str
    raises: tuple[tuple[str, str], ...]
    file: str
    line: int
    approval: Literal["", "always", "sometimes"] = ""
    limits: tuple[str, ...] = ()
    uri: str = ""
    mime_type: str = ""


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A service: what serves (``generation`` 0: nothing yet) and what last failed to load."""

    name: str
    version: str
    description: str
    generation: int
    state: Literal["serving", "failed"]
    loaded_at: float
    load_duration: float
    file: str
    error: LoadError | None
    changes: tuple[str, ...]
    tools: tuple[ToolView, ...]
    resources: tuple[ToolView, ...] = ()
    prompts: tuple[ToolView, ...] = ()


class CallView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line about a call. ``outcome`` and ``duration`` (seconds) are ``None`` while it runs.

    ``span_id`` is its own, 16 hex digits. ``parent_id``: the span that it was made in, empty if
    there is none; where a tool made the call (``door`` is ``service``) that is the tool's call.
    ``reason`` and ``said``: why it did not end well, as ``CallFinished`` has them.
    """

    call: int
    time: float
    tool: str
    door: str
    client: str
    subject: str
    trace_id: str
    arguments: str
    outcome: Outcome | None = None
    duration: float | None = None
    generation: int = 0
    reason: str = ""
    span_id: str = ""
    parent_id: str = ""
    said: str = ""


class Phase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a call. ``start`` is in seconds after the call's start, ``duration`` in seconds.

    ``kind``: ``stage`` is a ring of the pipeline, with all that lies inside of it; ``wait`` is time
    in which the call stood still (``queue``, ``decision``); ``code`` is the code and the way to it:
    ``host`` (to the process that runs it and back), ``arguments``, ``run``, ``result``.
    Phases lie inside of one another: order them by start, of two that start together the longer
    one is outside. A refused call has the stages that it came to, the last one refused it.
    """

    name: str
    start: float
    duration: float
    kind: Literal["stage", "wait", "code"] = "code"


class CallDetail(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that is kept of one call. ``arguments`` and ``result`` are JSON text.

    Attributes:
        traceback: The author's frames where the tool raised, else empty.
        nested: The calls that the tool made through the gateway, oldest first; each has its own
            detail. Not filled in where details are written down one by one.
        protocol: Version of MCP that the client speaks; empty by other doors.
        decided_by: Who allowed or denied it, if somebody had to.
    """

    view: CallView
    arguments: str
    result: str
    phases: tuple[Phase, ...]
    logs: tuple[LogWritten, ...]
    traceback: str
    nested: tuple[CallView, ...] = ()
    client_version: str = ""
    protocol: str = ""
    scopes_required: tuple[str, ...] = ()
    scopes_held: tuple[str, ...] = ()
    decided_by: str = ""


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that stays open. ``protocol`` is the version of MCP that is spoken over it."""

    connection: str
    door: str
    client: str
    since: float
    client_version: str = ""
    protocol: str = ""
    subject: str = ""


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """A process that runs the project's code; ``pid`` is ``None`` while there is none.

    ``calls`` are those in it, ``memory`` is in bytes. Of several, the one that ``leads`` loads
    first what was saved. ``behind``: services that it does not run just now, as they are
    exclusive or not loaded yet; ``failing``: those of them that do not load there.
    """

    pid: int | None
    state: Literal["starting", "serving", "restarting", "in-process"]
    calls: int = 0
    memory: int = 0
    leads: bool = True
    behind: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()


class RateView(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket that is not full. ``key`` is ``all calls``, ``tool NAME`` or ``subject NAME``."""

    key: str
    limit: str
    remaining: int


class BreakerView(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's circuit breaker that is not closed; ``retry_after`` in seconds."""

    tool: str
    state: Literal["closed", "open", "half-open"]
    failures: int
    retry_after: float


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """A call that waits until somebody allows it. ``arguments`` is JSON text without secrets.

    ``reason``: why this call does, where the tool says so.
    """

    call: int
    since: float
    tool: str
    subject: str
    client: str
    arguments: str
    reason: str = ""


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is kept of every call for good, refused ones too. Digests are SHA-256 in hex.

    ``decided_by``: who allowed or denied it, if somebody had to. ``arguments`` and ``result`` are
    without secrets, and empty unless the settings ask for values.
    ``duration`` in seconds; ``generation`` 0 if no code answered; ``reason`` empty on success.
    """

    time: float
    trace_id: str
    tool: str
    service: str
    generation: int
    door: str
    client: str
    client_version: str
    subject: str
    scopes_required: tuple[str, ...]
    scopes_held: tuple[str, ...]
    outcome: Outcome
    reason: str
    duration: float
    arguments_digest: str
    result_digest: str
    decided_by: str = ""
    arguments: str = ""
    result: str = ""


NumberedRecord = tuple[int, AuditRecord]
"""An audit record with its number in the log."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state at one moment; events that come after it continue it.

    ``host``: whether calls can be run; ``hosts``: the processes that share them.
    """

    project: str
    name: str
    pid: int
    version: str
    started_at: float
    addresses: tuple[str, ...]
    host: HostView
    services: tuple[ServiceView, ...]
    calls: tuple[CallView, ...]
    logs: tuple[LogWritten, ...]
    clients: tuple[ClientView, ...]
    problems: tuple[ProblemFound, ...]
    rates: tuple[RateView, ...] = ()
    breakers: tuple[BreakerView, ...] = ()
    approvals: tuple[ApprovalView, ...] = ()
    lists: tuple[ToolsListed, ...] = ()
    hosts: tuple[HostView, ...] = ()
