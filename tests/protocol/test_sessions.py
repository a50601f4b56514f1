"""The HTTP sessions of older clients: how many there are, whose they are, and when they end."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from doors.harness import DEADLINE
from micro.calls import Caller
from micro.events import AnyEvent, ClientConnected, ClientDisconnected, EventBus
from micro.protocol.connections import Connections
from micro.protocol.sessions import IDLE_TIMEOUT, HttpSessions, TooManySessions
from protocol.kept import Clock

ANYBODY = Caller(door="http").subject


class Scope:
    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def table(clock: Clock | None = None, *, most: int = 10, most_of_one: int = 3) -> HttpSessions:
    connections = Connections(EventBus())
    return HttpSessions(connections, most=most, most_of_one=most_of_one, clock=clock or Clock())


def test_nobody_can_guess_what_a_session_is_named():
    sessions = table()
    names = {sessions.open(ANYBODY).id for _ in range(10)}
    assert len(names) == 10
    assert {len(bytes.fromhex(name)) for name in names} == {16}


def test_a_session_is_found_by_its_subject_only():
    sessions = table()
    session = sessions.open("ada")
    assert sessions.find(session.id, "ada") is session
    assert sessions.find(session.id, "eve") is None
    assert sessions.find(session.id) is session


def test_a_session_that_idles_for_long_is_ended():
    clock = Clock()
    sessions = table(clock)
    first, second = sessions.open(ANYBODY), sessions.open(ANYBODY)
    clock.now += IDLE_TIMEOUT
    sessions.use(second)
    clock.now += 1
    sessions.sweep()
    assert sessions.find(first.id) is None
    assert sessions.find(second.id) is second


def test_a_session_whose_call_runs_or_whose_stream_is_read_does_not_idle():
    clock = Clock()
    sessions = table(clock)
    busy, heard = sessions.open(ANYBODY), sessions.open(ANYBODY)
    with sessions.answering(busy, "1"), heard.streams.stand().reading():
        clock.now += IDLE_TIMEOUT + 1
        sessions.sweep()
        assert sessions.find(busy.id) is busy
        assert sessions.find(heard.id) is heard
    clock.now += IDLE_TIMEOUT + 1
    sessions.sweep()
    assert not len(sessions)


def test_the_session_that_idles_for_longest_gives_way_to_another():
    sessions = table(most=3)
    first, second, third = [sessions.open(ANYBODY) for _ in range(3)]
    sessions.use(first)
    fourth = sessions.open(ANYBODY)
    assert sessions.find(second.id) is None
    assert {first.id, third.id, fourth.id} == {
        session.id for session in (first, third, fourth) if sessions.find(session.id)
    }


def test_one_subject_takes_no_room_from_others():
    sessions = table(most_of_one=3)
    others = sessions.open("eve")
    mine = [sessions.open("ada") for _ in range(4)]
    assert sessions.find(mine[0].id) is None
    assert sessions.find(others.id) is others
    assert len(sessions) == 4


def test_where_nobody_is_asked_who_they_are_only_the_bound_of_all_counts():
    sessions = table(most=10, most_of_one=3)
    for _ in range(10):
        sessions.open(ANYBODY)
    assert len(sessions) == 10


def test_there_is_no_room_where_every_session_is_in_use():
    sessions = table(most=1)
    with sessions.answering(sessions.open(ANYBODY), "1"), pytest.raises(TooManySessions):
        sessions.open(ANYBODY)


def test_the_end_of_a_session_cancels_its_calls_and_ends_its_streams():
    sessions, scope, sdk = table(), Scope(), Scope()
    session = sessions.open(ANYBODY)
    session.sdk = sdk
    stream = session.streams.stand()
    stream.keep()
    with sessions.answering(session, "1", scope=scope):
        sessions.close(session)
    assert scope.cancelled
    assert sdk.cancelled
    assert stream.is_over
    assert sessions.find(session.id) is None


async def test_streams_that_are_read_are_kept_alive():
    sessions = table()
    stream = sessions.open(ANYBODY).streams.stand()
    stream.keep()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sessions.run, 0.001)
        with anyio.fail_after(DEADLINE):
            await stream.more()
        tasks.cancel_scope.cancel()


async def test_who_is_slow_to_read_is_told_for_as_long_as_sessions_are_looked_after():
    sessions, told = table(), anyio.Event()

    async def tell() -> None:
        told.set()

    async def tell_too_late() -> None:
        raise AssertionError

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sessions.run)
            await anyio.wait_all_tasks_blocked()
            sessions.spawn(tell)
            await told.wait()
            tasks.cancel_scope.cancel()
    sessions.spawn(tell_too_late)
    await anyio.lowlevel.checkpoint()


def test_a_session_is_announced_once_and_its_end_is_told():
    bus, events = EventBus(), list[AnyEvent]()
    bus.attach(events.append)
    sessions = HttpSessions(Connections(bus), clock=Clock())
    session = sessions.open(ANYBODY)
    for _ in range(2):
        sessions.announce(session, Caller(door="http", client="hand"))
    sessions.close(session)
    sessions.close(session)
    assert [type(event) for event in events] == [ClientConnected, ClientDisconnected]
