"""The last calls, whole: arguments, result, phases, log lines, traceback. Kept in memory, bounded.

Fed by the trace stage and by the bus (log lines); read by the dashboard and the command line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec

from micro.calls import Call, Caller, ToolResult
from micro.events import (
    PREVIEW_SIZE,
    AnyEvent,
    ApprovalDecided,
    CallFinished,
    CallStarted,
    LogWritten,
)
from micro.redaction import Redactor
from micro.snapshots import WAITS, CallDetail, CallView, Phase

KEPT_CALLS = 2_000
KEPT_BYTES = 64 * 1024 * 1024
"""Of arguments, results, tracebacks and log lines together, counted in characters."""
KEPT_LINES = 200
"""Log lines that are kept of one call; the first ones."""


class _Entry(msgspec.Struct, kw_only=True, gc=False):
    view: CallView
    arguments: str
    caller: Caller
    scopes: tuple[str, ...]
    started: float
    marks: Sequence[tuple[str, float, float]]
    result: str = ""
    traceback: str = ""
    inside: tuple[tuple[str, float, float], ...] = ()
    decided_by: str = ""
    logs: list[LogWritten] = []
    size: int = 0


class Ledger:
    """Keeps calls, oldest out first once there are too many or they are too large together.

    Args:
        redactor: Takes secrets out of what is kept; by default only those of a usual kind.
        calls: How many are kept at most.
        size: How many characters they may have together.

    Attributes:
        keepers: Given each call whole once it has ended, to keep it longer, and again with each
            log line that comes later; none may block.
    """

    def __init__(
        self,
        redactor: Redactor | None = None,
        *,
        calls: int = KEPT_CALLS,
        size: int = KEPT_BYTES,
    ) -> None:
        self._redactor = redactor or Redactor({})
        self._most_calls = calls
        self._most_bytes = size
        self._bytes = 0
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self.keepers: list[Callable[[CallDetail], None]] = []

    def began(self, call: Call) -> None:
        """Keep a call's arguments (for the trace stage)."""
        arguments = self._redactor.arguments(call)
        view = CallView(
            call=call.id,
            time=0.0,
            tool=call.name,
            door=call.caller.door,
            client=call.caller.client,
            subject=call.caller.subject,
            trace_id=call.trace_id,
            arguments=arguments[:PREVIEW_SIZE],
            span_id=call.span_id,
            parent_id=call.parent_id,
        )
        entry = self._entries[call.id] = _Entry(
            view=view,
            arguments=arguments,
            caller=call.caller,
            scopes=call.tool.spec.scopes if call.tool else (),
            started=call.started,
            marks=call.marks,
        )
        self._grow(entry, len(arguments))

    def ended(self, call: Call, result: ToolResult | None, duration: float) -> None:
        """Keep a call's result (for the trace stage)."""
        entry = self._entries.get(call.id)
        if entry is None or result is None:
            return
        entry.result = self._redactor.result(call, result)
        if result.fault is not None:
            entry.traceback = self._redactor.of_call(call.id, result.fault.traceback)
        entry.inside = result.phases
        self._grow(entry, len(entry.result) + len(entry.traceback))

    def take(self, event: AnyEvent) -> None:
        """Keep what events tell of calls (for the bus)."""
        match event:
            case CallStarted(call=call, time=time):
                if entry := self._entries.get(call):
                    entry.view = msgspec.structs.replace(entry.view, time=time)
            case CallFinished(call=call):
                if entry := self._entries.get(call):
                    entry.view = _finished(entry.view, event)
                    self._hand_on(entry)
            case ApprovalDecided(call=call, by=by):
                if entry := self._entries.get(call):
                    entry.decided_by = by
            case LogWritten(call=call) if call is not None:
                entry = self._entries.get(call)
                if entry and len(entry.logs) < KEPT_LINES:
                    entry.logs.append(event)
                    self._grow(entry, len(event.text))
                    if entry.view.outcome is not None:
                        self._hand_on(entry)
            case _:
                pass

    def _hand_on(self, entry: _Entry) -> None:
        if self.keepers:
            whole = _detail(entry)
            for keep in self.keepers:
                keep(whole)

    def last(self, count: int) -> tuple[CallView, ...]:
        """List the newest calls, oldest first."""
        newest = islice(reversed(self._entries.values()), count)
        return tuple(reversed([entry.view for entry in newest]))

    def detail(self, call: int) -> CallDetail | None:
        """Give all of one call, ``None`` once it is forgotten."""
        entry = self._entries.get(call)
        if entry is None:
            return None
        views = (each.view for each in self._entries.values())
        nested = (view for view in views if view.parent_id == entry.view.span_id)
        return msgspec.structs.replace(_detail(entry), nested=tuple(nested))

    def _grow(self, entry: _Entry, size: int) -> None:
        """Count what an entry takes more, and forget the oldest if that is too much."""
        entry.size += size
        self._bytes += size
        while len(self._entries) > self._most_calls or (
            self._bytes > self._most_bytes and len(self._entries) > 1
        ):
            _, entry = self._entries.popitem(last=False)
            self._bytes -= entry.size


def _detail(entry: _Entry) -> CallDetail:
    return CallDetail(
        view=entry.view,
        arguments=entry.arguments,
        result=entry.result,
        phases=_phases(entry),
        logs=tuple(entry.logs),
        traceback=entry.traceback,
        client_version=entry.caller.client_version,
        protocol=entry.caller.protocol,
        scopes_required=entry.scopes,
        scopes_held=entry.caller.scopes,
        decided_by=entry.decided_by,
    )


def _phases(entry: _Entry) -> tuple[Phase, ...]:
    """Give the stages that the call went through, outermost first, and what lay inside."""
    stages = [
        Phase(name=name, start=began - entry.started, duration=ended - began, kind="stage")
        for name, began, ended in reversed(entry.marks)
    ]
    inside = (
        Phase(name=name, start=start, duration=took, kind="wait" if name in WAITS else "code")
        for name, start, took in entry.inside
    )
    return (*stages, *inside)


def _finished(view: CallView, event: CallFinished) -> CallView:
    return msgspec.structs.replace(
        view,
        outcome=event.outcome,
        duration=event.duration,
        generation=event.generation,
        reason=event.reason,
    )
