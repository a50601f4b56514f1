"""Takes one event into the state: a plain function for each kind, no screen."""

from __future__ import annotations

from functools import singledispatch
from sys import intern

import msgspec

from micro.events import (
    AnyEvent,
    ApprovalAsked,
    ApprovalDecided,
    BreakerChanged,
    CallFinished,
    CallStarted,
    ClientConnected,
    ClientDisconnected,
    HostExited,
    HostStarted,
    ListChanged,
    LogWritten,
    ProblemFound,
    RuntimeStarted,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
    ToolsChanged,
    ToolsListed,
)
from micro.snapshots import ApprovalView, BreakerView, CallView, ClientView, HostView
from micro_tui.format import plural
from micro_tui.loads import loaded, reload_mark, unseen
from micro_tui.state import Mark, State


def apply(state: State, event: AnyEvent) -> None:
    """Take an event into the state; a kind that is not known changes nothing."""
    _take(event, state)


@singledispatch
def _take(event: object, state: State) -> None:
    pass


def _row_of(event: CallStarted) -> CallView:
    return CallView(
        call=event.call,
        time=event.time,
        tool=intern(event.tool),
        door=intern(event.door),
        client=intern(event.client),
        subject=intern(event.subject),
        trace_id=event.trace_id,
        arguments=event.arguments,
    )


@_take.register
def _(event: CallStarted, state: State) -> None:
    state.running[event.call] = state.stream.append(_row_of(event))
    state.calls += 1
    state.callers[event.client] += 1
    state.stats.started(event.tool, event.time)
    state.dirty.update(("calls", "status"))


@_take.register
def _(event: CallFinished, state: State) -> None:
    seq = state.running.pop(event.call, None)
    if seq is None or seq < state.stream.first:
        return
    row = state.stream[seq]
    if isinstance(row, CallView):
        state.stream.replace(seq, _ended(row, event))
        state.stats.finished(row.tool, event.outcome, duration=event.duration, now=event.time)
        state.dirty.update(("calls", "status"))


def _ended(row: CallView, event: CallFinished) -> CallView:
    return msgspec.structs.replace(
        row,
        outcome=event.outcome,
        duration=event.duration,
        generation=event.generation,
        reason=event.reason,
        said=event.said,
    )


@_take.register
def _(event: LogWritten, state: State) -> None:
    add_log(state, event)
    state.dirty.add("logs")


def add_log(state: State, event: LogWritten) -> None:
    """Keep a log line; one with line breaks becomes several rows."""
    if "\n" not in event.text and "\r" not in event.text:
        state.logs.append(event)
        return
    for line in event.text.splitlines():
        state.logs.append(msgspec.structs.replace(event, text=line))


@_take.register
def _(event: ServiceLoaded, state: State) -> None:
    known = state.services.get(event.service)
    state.services[event.service] = loaded(event, known)
    before = known.generation if known else 0
    if before and before != event.generation:
        state.stream.append(reload_mark(event, before))
    state.stale_tools = True
    state.dirty.update(("calls", "services", "status"))


@_take.register
def _(event: ServiceFailed, state: State) -> None:
    serving = event.serving or 0
    known = state.services.get(event.service) or unseen(event)
    state.services[event.service] = msgspec.structs.replace(
        known, state="failed", error=event.error, generation=serving
    )
    mark = Mark(
        kind="failed",
        time=event.time,
        service=event.service,
        before=serving,
        text=event.error.message,
    )
    state.stream.append(mark)
    state.dirty.update(("calls", "services", "status"))


@_take.register
def _(event: ServiceRemoved, state: State) -> None:
    state.services.pop(event.service, None)
    state.stream.append(Mark(kind="note", time=event.time, text=f"{event.service} is gone"))
    state.dirty.update(("calls", "services", "status"))


@_take.register
def _(event: ToolsChanged | ListChanged, state: State) -> None:
    state.stale_tools = True
    state.dirty.update(("services", "status"))


@_take.register
def _(event: HostStarted, state: State) -> None:
    gone = {event.pid, event.replaces, None}
    kept = tuple(host for host in state.hosts if host.pid not in gone)
    state.hosts = (*kept, HostView(pid=event.pid, state="serving"))
    state.host = state.hosts[0]
    state.dirty.add("status")


@_take.register
def _(event: HostExited, state: State) -> None:
    state.hosts = tuple(host for host in state.hosts if host.pid not in (event.pid, None))
    state.host = state.hosts[0] if state.hosts else HostView(pid=None, state="restarting")
    lost = f", {plural(event.calls, 'call')} lost" if event.calls else ""
    note = f"the project's process {event.pid} ended: {event.status}{lost}"
    state.stream.append(Mark(kind="note", time=event.time, text=note))
    state.dirty.update(("calls", "status"))


@_take.register
def _(event: ClientConnected, state: State) -> None:
    known = state.clients.get(event.connection)
    state.clients[event.connection] = ClientView(
        connection=event.connection,
        door=event.door,
        client=event.client,
        since=known.since if known else event.time,
        client_version=event.client_version,
        protocol=event.protocol,
        subject=event.subject,
    )
    state.dirty.add("status")


@_take.register
def _(event: ToolsListed, state: State) -> None:
    state.lists[event.who] = event


@_take.register
def _(event: ClientDisconnected, state: State) -> None:
    state.clients.pop(event.connection, None)
    state.dirty.add("status")


@_take.register
def _(event: RuntimeStarted, state: State) -> None:
    state.addresses = event.addresses
    state.dirty.add("status")


@_take.register
def _(event: BreakerChanged, state: State) -> None:
    others = tuple(view for view in state.breakers if view.tool != event.tool)
    if event.state != "closed":
        view = BreakerView(
            tool=event.tool, state=event.state, failures=event.failures, retry_after=0.0
        )
        others = (*others, view)
    state.breakers = others
    words = {"open": f"rests after {event.failures} failures", "half-open": "is tried again"}
    note = f"{event.tool} {words.get(event.state, 'is called again')}"
    state.stream.append(Mark(kind="note", time=event.time, text=note))
    state.dirty.update(("calls", "status"))


@_take.register
def _(event: ApprovalAsked, state: State) -> None:
    seq = state.running.get(event.call)
    row = state.stream[seq] if seq is not None and seq >= state.stream.first else None
    known = row if isinstance(row, CallView) else None
    state.waiting[event.call] = ApprovalView(
        call=event.call,
        since=event.time,
        tool=event.tool,
        subject=event.subject,
        client=known.client if known else "",
        arguments=known.arguments if known else "",
    )
    state.dirty.update(("calls", "status"))


@_take.register
def _(event: ApprovalDecided, state: State) -> None:
    asked = state.waiting.pop(event.call, None)
    if asked is not None and event.by:
        word = "allowed" if event.allowed else "denied"
        note = f"{event.by} {word} call {event.call} of {asked.tool}"
        state.stream.append(Mark(kind="note", time=event.time, text=note))
    state.dirty.update(("calls", "status"))


@_take.register
def _(event: ProblemFound, state: State) -> None:
    state.problems.append(event)
    state.problem_count += 1
    if event.debug:
        state.breakpoints.append(event.debug)
    note = f"{event.message} {event.mend or ''}".strip()
    state.stream.append(Mark(kind="note", time=event.time, text=note))
    state.dirty.update(("calls", "status"))
