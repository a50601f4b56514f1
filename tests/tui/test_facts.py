from __future__ import annotations

from micro.control import Batch
from micro.events import (
    ClientConnected,
    ClientDisconnected,
    HostExited,
    HostStarted,
    ListChanged,
    ProblemFound,
    RuntimeStarted,
    ServiceRemoved,
    ToolsChanged,
)
from micro.snapshots import CallView
from micro_tui.facts import apply
from micro_tui.feed import Lost
from micro_tui.link import take
from micro_tui.ring import Ring
from micro_tui.state import Mark, State, StreamRow
from tui.shop import (
    NOW,
    failed,
    finished,
    make_log,
    make_snapshot,
    make_view,
    reloaded,
    started,
)


def fresh(**fields: object) -> State:
    state = State()
    take(state, make_snapshot(**fields))
    state.dirty.clear()
    return state


def rows(state: State) -> list[StreamRow]:
    return [state.stream[seq] for seq in range(state.stream.first, state.stream.end)]


def test_a_call_keeps_its_place_when_it_ends() -> None:
    state = fresh()
    for event in (started(1), started(2), finished(1, "error", reason="boom")):
        apply(state, event)
    first, second = rows(state)
    assert isinstance(first, CallView)
    assert isinstance(second, CallView)
    assert (first.outcome, first.reason, first.generation) == ("error", "boom", 7)
    assert second.outcome is None
    assert list(state.running) == [2]
    assert state.dirty == {"calls", "status"}


def test_the_end_of_a_call_that_was_never_seen_changes_nothing() -> None:
    state = fresh()
    apply(state, finished(99))
    assert rows(state) == []
    assert not state.dirty


def test_the_end_of_a_call_that_fell_out_of_the_ring_changes_nothing() -> None:
    state = State(stream=Ring(2))
    for event in (started(1), started(2), started(3), finished(1)):
        apply(state, event)
    assert [row.call for row in rows(state) if isinstance(row, CallView)] == [2, 3]
    assert 1 not in state.running


def test_a_log_with_line_breaks_becomes_several_rows() -> None:
    state = fresh()
    apply(state, make_log("one\ntwo\r\nthree", call=4))
    assert [state.logs[seq].text for seq in range(3)] == ["one", "two", "three"]
    assert {state.logs[seq].call for seq in range(3)} == {4}


def test_a_reload_is_marked_and_asks_for_the_tools_anew() -> None:
    state = fresh()
    apply(state, reloaded(8, "+1 tool"))
    (mark,) = rows(state)
    assert isinstance(mark, Mark)
    assert (mark.kind, mark.before, mark.after, mark.changes) == ("reload", 7, 8, ("+1 tool",))
    assert state.services["orders"].generation == 8
    assert len(state.services["orders"].tools) == 2
    assert state.stale_tools


def test_a_first_load_is_not_marked() -> None:
    state = fresh(services=())
    apply(state, reloaded(1))
    assert rows(state) == []
    assert state.services["orders"].state == "serving"


def test_a_failure_keeps_what_serves_and_a_later_load_clears_it() -> None:
    state = fresh()
    apply(state, failed())
    service = state.services["billing"]
    assert (service.state, service.generation, len(service.tools)) == ("failed", 2, 1)
    assert state.failed_services == [service]
    apply(state, reloaded(3, service="billing"))
    assert state.services["billing"].error is None
    assert state.failed_services == []


def test_a_service_that_fails_before_it_was_ever_seen_is_listed() -> None:
    state = fresh(services=())
    apply(state, failed("pay", serving=None))
    assert state.services["pay"].generation == 0


def test_clients_come_and_go() -> None:
    state = fresh(clients=())
    apply(state, ClientConnected(connection="9", door="stdio", client="cursor"))
    assert state.clients["9"].client == "cursor"
    apply(state, ClientDisconnected(connection="9"))
    apply(state, ClientDisconnected(connection="9"))
    assert not state.clients


def test_one_of_several_hosts_may_end() -> None:
    state = fresh()
    apply(state, HostStarted(pid=44))
    apply(state, HostStarted(pid=45, replaces=43))
    apply(state, HostExited(pid=44, status="signal 11", calls=0))
    assert [host.pid for host in state.hosts] == [45]
    assert state.host.state == "serving"


def test_what_happens_to_the_host_and_the_services_is_noted() -> None:
    state = fresh()
    apply(state, HostExited(pid=43, status="signal 11", calls=2))
    assert state.host.state == "restarting"
    apply(state, HostStarted(pid=44))
    assert (state.host.pid, state.host.state) == (44, "serving")
    apply(state, ServiceRemoved(service="billing"))
    assert "billing" not in state.services
    apply(state, ProblemFound(message="locked", mend="unlock it"))
    assert state.problem_count == 1
    apply(state, RuntimeStarted(addresses=("http://127.0.0.1:4000",)))
    assert state.addresses == ("http://127.0.0.1:4000",)
    apply(state, ToolsChanged(tools=3))
    apply(state, ListChanged(kind="prompt", count=1))
    notes = [row.text for row in rows(state) if isinstance(row, Mark)]
    assert notes == [
        "the project's process 43 ended: signal 11, 2 calls lost",
        "billing is gone",
        "locked unlock it",
    ]


def test_dropped_events_are_counted_and_the_tools_asked_for_anew() -> None:
    state = fresh()
    take(state, Batch(events=(started(1),), dropped=500))
    assert state.dropped == 500
    assert state.stale_tools
    assert isinstance(rows(state)[0], Mark)


def test_the_same_runtime_found_again_repeats_no_call() -> None:
    state = fresh()
    apply(state, started(1))
    take(state, Lost(time=NOW))
    assert state.link == "lost"
    view = make_view(1, outcome="ok")
    take(state, make_snapshot(calls=(view, make_view(2))))
    calls = [row for row in rows(state) if isinstance(row, CallView)]
    assert [call.call for call in calls] == [1, 2]
    assert calls[0].outcome == "ok"
    assert not state.running
    assert state.link == "live"


def test_a_new_runtime_ends_the_calls_of_the_old_one_and_counts_from_one_again() -> None:
    state = fresh()
    apply(state, started(1))
    take(state, Lost(time=NOW))
    take(state, make_snapshot(pid=77, calls=(make_view(1, trace_id="f" * 32),)))
    calls = [row for row in rows(state) if isinstance(row, CallView)]
    assert [call.outcome for call in calls] == ["cancelled", "ok"]
