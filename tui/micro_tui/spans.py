"""What took a call's time: its phases, and the calls that it made, as spans on one axis.

A stage lies round all that comes after it, so only its own time counts: what is before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from micro.snapshots import CallDetail, CallView, Phase

_SLACK = 1e-9
_FROM_OUTSIDE = ("host",)
"""Phases of code that lie round others: what is their own is the way there and back."""

Kind = Literal["stage", "wait", "code", "call"]
Part = tuple[float, float]
"""(start, duration) in seconds after the call's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One line of a waterfall. ``own`` is in seconds, ``parts`` are where it was spent."""

    name: str
    kind: Kind
    depth: int
    parts: tuple[Part, ...]
    own: float
    call: CallView | None = None


def spans_of(detail: CallDetail) -> list[Span]:
    """Give the spans of a call, in the order in which they began."""
    ordered = in_order(detail.phases)
    inner = [phase for phase in ordered if not _is_ring(phase)]
    depth_of = dict(zip(map(id, inner), depths(inner), strict=True))
    spans = [
        _ring(phase, ordered[place + 1 :])
        if _is_ring(phase)
        else _whole(phase, depth_of[id(phase)])
        for place, phase in enumerate(ordered)
    ]
    for nested in reversed(detail.nested):
        span = _nested(nested, detail.view)
        spans.insert(*_place(spans, span))
    return spans


def _is_ring(phase: Phase) -> bool:
    return phase.kind == "stage" or phase.name in _FROM_OUTSIDE


def _ring(phase: Phase, later: Sequence[Phase]) -> Span:
    """Give what a stage took itself: its time without all that lay inside of it."""
    end = phase.start + phase.duration
    inside = [each for each in later if each.start + each.duration <= end + _SLACK]
    parts: list[Part] = [(phase.start, phase.duration)]
    if inside:
        first = min(each.start for each in inside)
        last = max(each.start + each.duration for each in inside)
        parts = [(phase.start, max(0.0, first - phase.start)), (last, max(0.0, end - last))]
    own = sum(took for _, took in parts)
    kept = tuple(part for part in parts if part[1] * 20 >= own)
    return Span(name=phase.name, kind=phase.kind, depth=0, parts=kept, own=own)


def _whole(phase: Phase, depth: int) -> Span:
    part = (phase.start, phase.duration)
    return Span(name=phase.name, kind=phase.kind, depth=depth, parts=(part,), own=phase.duration)


def _nested(call: CallView, parent: CallView) -> Span:
    start = max(0.0, call.time - parent.time)
    took = call.duration or 0.0
    return Span(name=call.tool, kind="call", depth=1, parts=((start, took),), own=took, call=call)


def _place(spans: Sequence[Span], nested: Span) -> tuple[int, Span]:
    """Give where a call that the code made stands: right after the code, its first calls first."""
    for place in reversed(range(len(spans))):
        if spans[place].name == "run" and spans[place].kind == "code":
            return place + 1, nested
    return len(spans), nested


def depths(phases: Sequence[Phase]) -> list[int]:
    """Give for each phase, ordered by start, how many others enclose it."""
    ends: list[float] = []
    found: list[int] = []
    for phase in phases:
        end = phase.start + phase.duration
        while ends and (phase.start >= ends[-1] - _SLACK or end > ends[-1] + _SLACK):
            ends.pop()
        found.append(len(ends))
        ends.append(end)
    return found


def in_order(phases: Sequence[Phase]) -> list[Phase]:
    """Give the phases by their start; of two that start together the longer one is first."""
    return sorted(phases, key=lambda phase: (phase.start, -phase.duration))
