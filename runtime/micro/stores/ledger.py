"""The last calls, whole: arguments, result, phases, log lines, traceback. Kept in memory, bounded.

Fed by the trace stage and by the bus (log lines); read by the dashboard and the command line. What
is kept of one call is in ``entries``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice

import msgspec

from micro.calls import Call, ToolResult
from micro.events import AnyEvent, ApprovalDecided, CallFinished, LogWritten
from micro.redaction import Redactor
from micro.snapshots import CallDetail, CallView
from micro.stores.entries import Entry, Rest

KEPT_CALLS = 2_000
KEPT_BYTES = 64 * 1024 * 1024
"""Of arguments, results, tracebacks and log lines together, counted in characters."""
KEPT_LINES = 200
"""Log lines that are kept of one call; the first ones."""


class Ledger:
    """Keeps calls, oldest out first once there are too many or they are too large together.

    Args:
        redactor: Takes secrets out of what is kept; by default only those of a usual kind.
        calls: How many are kept at most.
        size: How many characters they may have together.

    Attributes:
        keepers: Given each call once it has ended, to keep it longer, and again with each log line
            that comes later; none may block.
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
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self.keepers: list[Callable[[Entry], None]] = []

    def began(self, call: Call, time: float) -> None:
        """Keep a call's arguments (for the trace stage); ``time`` in seconds since the epoch."""
        arguments, caller = self._redactor.arguments(call), call.caller
        rest = Rest(
            call=call.id,
            span_id=call.span_id,
            parent_id=call.parent_id,
            client_version=caller.client_version,
            protocol=caller.protocol,
            scopes_required=call.tool.spec.scopes if call.tool else (),
            scopes_held=caller.scopes,
            started=call.started,
            marks=call.marks,
        )
        entry = self._entries[call.id] = Entry(
            time=time,
            tool=call.name,
            door=caller.door,
            client=caller.client,
            subject=caller.subject,
            trace_id=call.trace_id,
            arguments=arguments,
            rest=rest,
        )
        self._grow(entry, len(arguments))

    def ended(self, call: Call, result: ToolResult | None, finished: CallFinished) -> None:
        """Keep how a call ended, and its result (for the trace stage)."""
        entry = self._entries.get(call.id)
        if entry is None:
            return
        entry.outcome, entry.reason = finished.outcome, finished.reason
        entry.duration, entry.generation = finished.duration, finished.generation
        if result is not None:
            entry.result = self._redactor.result(call, result)
            entry.rest.inside = result.phases
            if result.fault is not None:
                entry.rest.said = finished.said
                entry.rest.traceback = self._redactor.of_call(call.id, result.fault.traceback)
            self._grow(entry, len(entry.result) + len(entry.rest.traceback))
        for keep in self.keepers:
            keep(entry)

    def take(self, event: AnyEvent) -> None:
        """Keep what other events tell of calls (for the bus)."""
        match event:
            case ApprovalDecided(call=call, by=by):
                if entry := self._entries.get(call):
                    entry.rest.decided_by = by
            case LogWritten(call=call) if call is not None:
                entry = self._entries.get(call)
                if entry and len(entry.rest.logs) < KEPT_LINES:
                    entry.rest.logs.append(event)
                    self._grow(entry, len(event.text))
                    if entry.outcome is not None:
                        for keep in self.keepers:
                            keep(entry)
            case _:
                pass

    def last(self, count: int) -> tuple[CallView, ...]:
        """List the newest calls, oldest first."""
        newest = islice(reversed(self._entries.values()), count)
        return tuple(reversed([entry.view() for entry in newest]))

    def detail(self, call: int) -> CallDetail | None:
        """Give all of one call, ``None`` once it is forgotten."""
        entry = self._entries.get(call)
        if entry is None:
            return None
        span_id = entry.rest.span_id
        nested = [each.view() for each in self._entries.values() if each.rest.parent_id == span_id]
        return msgspec.structs.replace(entry.detail(), nested=tuple(nested))

    def _grow(self, entry: Entry, size: int) -> None:
        """Count what an entry takes more, and forget the oldest if that is too much."""
        entry.size += size
        self._bytes += size
        entries = self._entries
        while len(entries) > self._most_calls or (
            self._bytes > self._most_bytes and len(entries) > 1
        ):
            _, oldest = entries.popitem(last=False)
            self._bytes -= oldest.size
