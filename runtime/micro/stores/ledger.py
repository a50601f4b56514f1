"""The last calls, whole: arguments, result, phases, log lines, traceback. Kept in memory, bounded.

Fed by the trace stage and by the bus (log lines); read by the dashboard and the command line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from micro.calls import Call, ToolResult
from micro.events import PREVIEW_SIZE, AnyEvent, CallFinished, CallStarted, LogWritten
from micro.redaction import Redactor
from micro.snapshots import CallDetail, CallView, Phase

KEPT_CALLS = 2_000
KEPT_BYTES = 64 * 1024 * 1024
"""Of arguments, results, tracebacks and log lines together, counted in characters."""
KEPT_LINES = 200
"""Log lines that are kept of one call; the first ones."""


@dataclass(slots=True)
class _Entry:
    view: CallView
    arguments: str
    result: str = ""
    traceback: str = ""
    phases: tuple[Phase, ...] = ()
    logs: list[LogWritten] = field(default_factory=list[LogWritten])
    size: int = 0


class Ledger:
    """Keeps calls, oldest out first once there are too many or they are too large together.

    Args:
        redactor: Takes secrets out of what is kept; by default only those of a usual kind.
        calls: How many are kept at most.
        size: How many characters they may have together.

    Attributes:
        on_ended: Given each call whole once it has ended, to keep it longer.
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
        self.on_ended: Callable[[CallDetail], None] | None = None

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
        )
        entry = self._entries[call.id] = _Entry(view, arguments)
        self._grow(entry, len(arguments))

    def ended(self, call: Call, result: ToolResult | None, duration: float) -> None:
        """Keep a call's result (for the trace stage)."""
        entry = self._entries.get(call.id)
        if entry is None or result is None:
            return
        entry.result = self._redactor.result(result)
        entry.traceback = self._redactor.text(result.fault.traceback) if result.fault else ""
        entry.phases = tuple(
            Phase(name=name, start=start, duration=took) for name, start, took in result.phases
        )
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
                    if self.on_ended is not None:
                        self.on_ended(_detail(entry))
            case LogWritten(call=call) if call is not None:
                entry = self._entries.get(call)
                if entry and len(entry.logs) < KEPT_LINES:
                    entry.logs.append(event)
                    self._grow(entry, len(event.text))
            case _:
                pass

    def last(self, count: int) -> tuple[CallView, ...]:
        """List the newest calls, oldest first."""
        newest = islice(reversed(self._entries.values()), count)
        return tuple(reversed([entry.view for entry in newest]))

    def detail(self, call: int) -> CallDetail | None:
        """Give all of one call, ``None`` once it is forgotten."""
        entry = self._entries.get(call)
        if entry is None:
            return None
        return _detail(entry)

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
        phases=entry.phases,
        logs=tuple(entry.logs),
        traceback=entry.traceback,
    )


def _finished(view: CallView, event: CallFinished) -> CallView:
    return msgspec.structs.replace(
        view,
        outcome=event.outcome,
        duration=event.duration,
        generation=event.generation,
        reason=event.reason,
    )
