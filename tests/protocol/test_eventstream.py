"""One stream of an older session: what it says, and to whom."""

from __future__ import annotations

import anyio

from doors.harness import DEADLINE
from micro.protocol.keeping import Store
from micro.protocol.replay import SessionStreams
from protocol.kept import Clock, kept, names


def test_what_waits_to_be_read_is_not_said_twice():
    stream = kept(SessionStreams(Store(clock=Clock())))
    stream.put_once(b"changed")
    stream.put_once(b"changed")
    assert names(stream) == [b"changed"]
    stream.read = 1
    stream.put_once(b"changed")
    assert names(stream, 1) == [b"changed"]


def test_clients_of_earlier_versions_are_not_told_where_a_stream_begins():
    stream = kept(SessionStreams(Store(clock=Clock())))
    assert stream.opening("2025-06-18") == b""
    assert stream.opening("2025-11-25") == b"id: 1-0\r\nretry: 1000\r\ndata: \r\n\r\n"


async def test_who_waits_hears_of_the_next_event_and_of_the_end():
    stream = kept(SessionStreams(Store()))
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.begun)
            tasks.start_soon(stream.ended)
            await anyio.lowlevel.checkpoint()
            stream.put(b"one")
            await stream.begun()
            stream.end()
