"""What is kept of one call while it runs and after: filled in as it goes, read when somebody asks.

A call pays for what is noted here. Views and details for people are made of it later; the history
keeps it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from micro.events import PREVIEW_SIZE, LogWritten, Outcome
from micro.snapshots import WAITS, CallDetail, CallView, Phase


class Rest(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """What people ask of single calls, and not of many.

    Attributes:
        marks: The stages that it went through, innermost first: name, begin and end on the clock
            of ``started``.
        inside: Name, start and duration of what lay inside, in seconds after ``started``.
    """

    call: int
    span_id: str
    parent_id: str
    client_version: str
    protocol: str
    scopes_required: tuple[str, ...]
    scopes_held: tuple[str, ...]
    started: float
    marks: Sequence[tuple[str, float, float]]
    inside: tuple[tuple[str, float, float], ...] = ()
    logs: list[LogWritten] = []
    traceback: str = ""
    decided_by: str = ""
    said: str = ""

    def phases(self) -> tuple[Phase, ...]:
        """Give the stages that the call went through, outermost first, and what lay inside."""
        stages = [
            Phase(name=name, start=began - self.started, duration=ended - began, kind="stage")
            for name, began, ended in reversed(self.marks)
        ]
        inside = (
            Phase(name=name, start=start, duration=took, kind="wait" if name in WAITS else "code")
            for name, start, took in self.inside
        )
        return (*stages, *inside)


class Entry(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A call; ``outcome`` and ``duration`` are ``None`` while it runs, ``size`` is in characters.

    ``arguments`` and ``result`` are whole, and without secrets.
    """

    time: float
    tool: str
    door: str
    client: str
    subject: str
    trace_id: str
    arguments: str
    rest: Rest
    outcome: Outcome | None = None
    reason: str = ""
    duration: float | None = None
    generation: int = 0
    result: str = ""
    size: int = 0

    def view(self) -> CallView:
        """Give the call as one line."""
        return CallView(
            call=self.rest.call,
            time=self.time,
            tool=self.tool,
            door=self.door,
            client=self.client,
            subject=self.subject,
            trace_id=self.trace_id,
            arguments=self.arguments[:PREVIEW_SIZE],
            outcome=self.outcome,
            duration=self.duration,
            generation=self.generation,
            reason=self.reason,
            span_id=self.rest.span_id,
            parent_id=self.rest.parent_id,
            said=self.rest.said,
        )

    def detail(self) -> CallDetail:
        """Give all of it but the calls that it made."""
        rest = self.rest
        return CallDetail(
            view=self.view(),
            arguments=self.arguments,
            result=self.result,
            phases=rest.phases(),
            logs=tuple(rest.logs),
            traceback=rest.traceback,
            client_version=rest.client_version,
            protocol=rest.protocol,
            scopes_required=rest.scopes_required,
            scopes_held=rest.scopes_held,
            decided_by=rest.decided_by,
        )
