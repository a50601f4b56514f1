"""Facts about calls: begun, ended, waiting for approval, resting with their tool.

What they have in common with other facts is here too; the others, and the bus, are in ``events``.
"""

from __future__ import annotations

import time
from typing import Literal

import msgspec

Outcome = Literal["ok", "error", "refused", "cancelled"]
"""How a call ended. ``error``: the tool failed. ``refused``: the tool's code never ran."""

PREVIEW_SIZE = 200
"""Characters of a call's arguments that its events carry."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """A fact. ``time`` is in seconds since the epoch."""

    time: float = msgspec.field(default_factory=time.time)


class CallStarted(Event, frozen=True, kw_only=True, gc=False, tag="call_started"):
    """A call came through a door. ``arguments`` is JSON text, clipped to ``PREVIEW_SIZE``.

    ``parent_id`` is the span that it was made in, empty if there is none.
    """

    call: int
    trace_id: str
    tool: str
    door: str
    client: str
    subject: str
    arguments: str
    span_id: str = ""
    parent_id: str = ""


class CallFinished(Event, frozen=True, kw_only=True, gc=False, tag="call_finished"):
    """A call ended. ``duration`` in seconds; ``reason`` says why where ``outcome`` is not ok.

    ``said``: what its code said of that, in a line, without secrets; for its author, as it may be
    the text of an exception. Empty where ``reason`` tells it all.
    """

    call: int
    outcome: Outcome
    duration: float
    generation: int
    reason: str = ""
    said: str = ""


class BreakerChanged(Event, frozen=True, kw_only=True, tag="breaker_changed"):
    """A tool's circuit breaker went over into another state; ``failures`` in a row led there."""

    tool: str
    state: Literal["closed", "open", "half-open"]
    failures: int


class ApprovalAsked(Event, frozen=True, kw_only=True, tag="approval_asked"):
    """A call waits until somebody allows it."""

    call: int
    tool: str
    subject: str


class ApprovalDecided(Event, frozen=True, kw_only=True, tag="approval_decided"):
    """A call waits no more. ``by`` is empty if nobody decided: time ran out, or it went away."""

    call: int
    allowed: bool
    by: str
