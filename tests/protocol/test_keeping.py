"""What all older sessions together keep, and for how long."""

from __future__ import annotations

from micro.protocol import replay
from micro.protocol.keeping import Store
from micro.protocol.replay import SessionStreams
from protocol.kept import Clock, kept, names


def test_nothing_is_kept_for_long():
    clock = Clock()
    store = Store(clock=clock)
    streams = SessionStreams(store)
    stream = kept(streams)
    stream.put(b"old")
    stream.end()
    clock.now += replay.AGE + 1
    store.trim()
    assert (streams.size, store.size, streams.find("1-0")) == (0, 0, None)


def test_all_sessions_together_keep_so_much_and_the_most_silent_loses_first():
    store = Store(limit=10, clock=Clock())
    first, second = (kept(SessionStreams(store)) for _ in range(2))
    first.put(b"1234")
    second.put(b"5678")
    first.put(b"9a")
    second.put(b"b")
    assert (names(first), names(second)) == ([b"9a"], [b"5678", b"b"])
