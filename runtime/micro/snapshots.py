"""Frozen views of what the runtime holds, as the dashboard and the command line get them.

They cross the control socket as JSON. Nothing here changes; a later view is another object.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from micro.events import LoadError, LogWritten, Outcome, ProblemFound


class ToolView(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as people and exports see it. ``name`` is canonical, ``wire_name`` is MCP's."""

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


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """One line about a call. ``outcome`` and ``duration`` (seconds) are ``None`` while it runs."""

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


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a call. ``start`` is in seconds after the call's start, ``duration`` in seconds."""

    name: str
    start: float
    duration: float


class CallDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of one call. ``arguments`` and ``result`` are JSON text.

    ``traceback`` is the author's frames where the tool raised, else empty.
    """

    view: CallView
    arguments: str
    result: str
    phases: tuple[Phase, ...]
    logs: tuple[LogWritten, ...]
    traceback: str


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that stays open."""

    connection: str
    door: str
    client: str
    since: float


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """The process that runs the project's code; ``pid`` is ``None`` while there is none."""

    pid: int | None
    state: Literal["starting", "serving", "restarting", "in-process"]


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
    """A call that waits until somebody allows it. ``arguments`` is JSON text without secrets."""

    call: int
    since: float
    tool: str
    subject: str
    client: str
    arguments: str


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of every call for good, refused ones too. Digests are SHA-256 in hex.

    ``decided_by``: who allowed or denied it, if somebody had to.
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


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state at one moment; events that come after it continue it."""

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
