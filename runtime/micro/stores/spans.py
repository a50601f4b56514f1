"""Spans of a call, made when somebody asks for them: one of the call, one of each of its phases.

What takes them somewhere is an exporter's: pass ``Runtime.keep_calls`` a function that hands what
it is given to a thread of its own, and makes details and spans there. Secrets are out already.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from micro.snapshots import CallDetail, Phase
from micro.stores import semconv

_SLACK = 1e-9
"""Seconds by which phases that touch may seem to overlap."""

Attribute = str | int | float


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span as OpenTelemetry means it. Times in nanoseconds since the epoch.

    ``error`` is the status' description, empty where the status is not an error.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: Literal["server", "internal"]
    start: int
    end: int
    attributes: dict[str, Attribute]
    error: str = ""


def spans_of(detail: CallDetail, *, payload: bool = False) -> tuple[Span, ...]:
    """Give the spans of a call that has ended, the call's own first.

    The calls that it made have details of their own, and so spans of their own in the same trace.

    Args:
        detail: The call.
        payload: Whether arguments and result go along.
    """
    return (_span_of_call(detail, payload=payload), *_spans_of_phases(detail))


def _span_of_call(detail: CallDetail, *, payload: bool) -> Span:
    view = detail.view
    failed = view.outcome != "ok"
    nested = view.door == "service"
    return Span(
        name=f"{semconv.EXECUTE_TOOL if nested else semconv.TOOLS_CALL} {view.tool}",
        trace_id=view.trace_id,
        span_id=view.span_id,
        parent_id=view.parent_id,
        kind="internal" if nested else "server",
        start=_moment(detail, 0.0),
        end=_moment(detail, view.duration or 0.0),
        attributes=_attributes(detail, payload=payload),
        error=(view.reason or view.outcome or "") if failed else "",
    )


def _attributes(detail: CallDetail, *, payload: bool) -> dict[str, Attribute]:
    view = detail.view
    transport, protocol = semconv.TRANSPORTS.get(view.door, ("", ""))
    every: dict[str, Attribute] = {
        semconv.METHOD: "" if view.door == "service" else semconv.TOOLS_CALL,
        semconv.OPERATION: semconv.EXECUTE_TOOL,
        semconv.TOOL: view.tool,
        semconv.PROTOCOL_VERSION: detail.protocol,
        semconv.TRANSPORT: transport,
        semconv.NETWORK_PROTOCOL: protocol,
        semconv.USER: view.subject,
        semconv.CLIENT: view.client,
        semconv.CLIENT_VERSION: detail.client_version,
        semconv.ERROR_TYPE: view.reason if view.outcome != "ok" else "",
        semconv.CALL: view.call,
        semconv.DOOR: view.door,
        semconv.OUTCOME: view.outcome or "",
        semconv.GENERATION: view.generation,
        semconv.TOOL_ARGUMENTS: detail.arguments if payload else "",
        semconv.TOOL_RESULT: detail.result if payload else "",
    }
    return {name: value for name, value in every.items() if value != ""}


def _spans_of_phases(detail: CallDetail) -> list[Span]:
    """Make a span of each phase, below the one that it lies in."""
    spans: list[Span] = []
    open_ones: list[tuple[float, str]] = []
    ordered = sorted(detail.phases, key=lambda phase: (phase.start, -phase.duration))
    for number, phase in enumerate(ordered):
        end = phase.start + phase.duration
        while open_ones and _is_after(phase.start, end, open_ones[-1][0]):
            open_ones.pop()
        span = _span_of_phase(detail, phase, number)
        spans.append(
            msgspec.structs.replace(span, parent_id=open_ones[-1][1]) if open_ones else span
        )
        open_ones.append((end, span.span_id))
    return spans


def _is_after(start: float, end: float, other: float) -> bool:
    """Whether what lasts from start to end does not lie in what ends at ``other``."""
    return start >= other - _SLACK or end > other + _SLACK


def _span_of_phase(detail: CallDetail, phase: Phase, number: int) -> Span:
    """Make a span right below the call's; its id follows from the call's, so it is always one."""
    seed = f"{detail.view.trace_id}-{detail.view.span_id}-{number}"
    return Span(
        name=phase.name,
        trace_id=detail.view.trace_id,
        span_id=hashlib.sha256(seed.encode()).hexdigest()[:16],
        parent_id=detail.view.span_id,
        kind="internal",
        start=_moment(detail, phase.start),
        end=_moment(detail, phase.start + phase.duration),
        attributes={semconv.PHASE_KIND: phase.kind},
    )


def _moment(detail: CallDetail, seconds: float) -> int:
    return round((detail.view.time + seconds) * 1_000_000_000)
