"""Takes into the state what a feed tells beside events: a snapshot, a batch, a lost runtime."""

from __future__ import annotations

import msgspec

from micro.control import Batch
from micro.snapshots import CallView, Snapshot
from micro_tui.facts import add_log, apply
from micro_tui.feed import Beat, Lost, News
from micro_tui.state import Mark, State


def take(state: State, news: News) -> None:
    """Take in one piece of news."""
    match news:
        case Batch():
            _take_batch(state, news)
        case Lost():
            _lose(state, news)
        case Beat():
            state.silent_since = news.silent_since
            state.dirty.add("status")
        case Snapshot():
            restore(state, news)


def _take_batch(state: State, batch: Batch) -> None:
    if batch.dropped:
        state.dropped += batch.dropped
        text = f"{batch.dropped:,} events were not shown: they came faster than they can be read"
        moment = batch.events[0].time if batch.events else 0.0
        state.stream.append(Mark(kind="note", time=moment, text=text))
        state.stale_tools = True
    for event in batch.events:
        apply(state, event)


def _lose(state: State, lost: Lost) -> None:
    state.link = "lost"
    state.silent_since = None
    state.lost_at = lost.time
    state.stream.append(Mark(kind="note", time=lost.time, text="the runtime is gone"))
    state.dirty.update(("calls", "status"))


def restore(state: State, snapshot: Snapshot) -> None:
    """Go on from a snapshot: the first one, or that of a runtime that came back."""
    came_back = state.link == "lost"
    same = state.pid == snapshot.pid
    _describe(state, snapshot)
    refresh_services(state, snapshot)
    if came_back:
        if not same:
            _end_running(state)
        text = "connected again" if same else f"the runtime is back, process {snapshot.pid}"
        state.stream.append(Mark(kind="note", time=_moment(state, snapshot), text=text))
    _merge_calls(state, snapshot.calls)
    if not came_back:
        for line in snapshot.logs:
            add_log(state, line)
        state.problems.extend(snapshot.problems)
        state.problem_count = len(snapshot.problems)
    state.link = "live"
    state.dirty.update(("calls", "logs", "services", "status"))


def _describe(state: State, snapshot: Snapshot) -> None:
    state.name = snapshot.name
    state.project = snapshot.project
    state.pid = snapshot.pid
    state.version = snapshot.version
    state.addresses = snapshot.addresses
    state.host, state.hosts = snapshot.host, snapshot.hosts
    state.waiting = {view.call: view for view in snapshot.approvals}
    state.clients = {client.connection: client for client in snapshot.clients}
    state.lists = {listed.who: listed for listed in snapshot.lists}


def _moment(state: State, snapshot: Snapshot) -> float:
    return max(state.lost_at, snapshot.started_at)


def refresh_services(state: State, snapshot: Snapshot) -> None:
    """Take what events do not carry: the services with their schemas, and the limits."""
    state.services = {service.name: service for service in snapshot.services}
    state.rates, state.breakers = snapshot.rates, snapshot.breakers
    state.hosts = snapshot.hosts
    state.stale_tools = False
    state.dirty.update(("services", "status"))


def _end_running(state: State) -> None:
    for seq in state.running.values():
        row = state.stream[seq] if seq >= state.stream.first else None
        if isinstance(row, CallView):
            ended = msgspec.structs.replace(row, outcome="cancelled", reason="the runtime ended")
            state.stream.replace(seq, ended)
    state.running.clear()


def _merge_calls(state: State, calls: tuple[CallView, ...]) -> None:
    """Add the calls that are not known nor cleared away, and bring those up to date that are."""
    ring = state.stream
    known: dict[tuple[int, str], int] = {}
    for seq in range(ring.first, ring.end):
        row = ring[seq]
        if isinstance(row, CallView):
            known[row.call, row.trace_id] = seq
    for call in calls:
        seq = known.get((call.call, call.trace_id))
        if seq is None and call.time <= state.cleared:
            continue
        if seq is None:
            seq = ring.append(call)
            state.calls += 1
            state.callers[call.client] += 1
            _count(state, call)
        elif ring[seq] != call:
            ring.replace(seq, call)
        if call.outcome is None:
            state.running[call.call] = seq
        else:
            state.running.pop(call.call, None)


def _count(state: State, call: CallView) -> None:
    state.stats.started(call.tool, call.time)
    if call.outcome is not None and call.duration is not None:
        ended = call.time + call.duration
        state.stats.finished(call.tool, call.outcome, duration=call.duration, now=ended)
