"""What is kept of the streams of an older session, and what is not."""

from __future__ import annotations

import pytest

from micro.protocol import replay
from micro.protocol.eventstream import EventStream
from micro.protocol.keeping import Store
from micro.protocol.replay import SessionStreams
from protocol.kept import Clock, kept, names


def test_what_comes_after_an_event_is_found_by_its_name():
    streams = SessionStreams(Store(clock=Clock()))
    kept(streams)
    stream = kept(streams)
    stream.put(b"one")
    stream.put(b"two")
    assert stream.text(stream.since(1)) == b"id: 2-2\r\nevent: message\r\ndata: two\r\n\r\n"
    found = streams.find("2-1")
    assert found == (stream, 1)
    assert names(stream, 1) == [b"two"]


@pytest.mark.parametrize("name", ["", "1", "x-1", "1-", "-1", "9-1", "1-1-1", "²-1", "1" * 5000])
def test_a_name_that_was_not_given_finds_nothing(name: str):
    streams = SessionStreams(Store(clock=Clock()))
    kept(streams).put(b"one")
    assert streams.find(name) is None


def test_what_was_said_before_a_stream_is_kept_is_kept_with_it():
    streams = SessionStreams(Store(clock=Clock()))
    stream = EventStream(streams)
    stream.put(b"one")
    assert not streams.size
    stream.keep()
    assert streams.size == 3
    assert streams.find("1-0") == (stream, 0)


def test_a_session_keeps_so_many_events(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "EVENTS", 3)
    stream = kept(SessionStreams(Store(clock=Clock())))
    for number in range(5):
        stream.put(b"%d" % number)
    assert names(stream) == [b"2", b"3", b"4"]


def test_a_session_keeps_so_many_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "BYTES", 10)
    streams = SessionStreams(Store(clock=Clock()))
    first, second = kept(streams), kept(streams)
    first.put(b"1234")
    first.end()
    second.put(b"5678")
    second.put(b"9abc")
    assert streams.find("1-0") is None
    assert names(second) == [b"5678", b"9abc"]


def test_what_was_said_last_is_kept_however_long_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "BYTES", 3)
    stream = kept(SessionStreams(Store(clock=Clock())))
    stream.put(b"one")
    stream.put(b"a long answer")
    assert names(stream) == [b"a long answer"]


def test_what_is_about_to_be_read_is_not_dropped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "BYTES", 3)
    streams = SessionStreams(Store(limit=3, clock=Clock()))
    first, second = kept(streams), kept(streams)
    with first.reading():
        first.put(b"a long answer")
        second.put(b"another")
        assert names(first) == [b"a long answer"]
        first.read = 1
        second.put(b"more")
    assert (names(first), names(second)) == ([], [])


def test_a_reader_that_is_owed_too_much_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replay, "BYTES", 3)
    monkeypatch.setattr(replay, "OWED_LIMIT", 10)
    stream = kept(SessionStreams(Store(clock=Clock())))
    with stream.reading() as reader:
        stream.put(b"123456")
        assert stream.reader == reader
        stream.put(b"789012")
        assert stream.reader != reader
    assert names(stream) == [b"789012"]


def test_a_stream_that_ended_with_nothing_to_read_is_forgotten():
    streams = SessionStreams(Store(clock=Clock()))
    stream = kept(streams)
    stream.end()
    assert streams.find("1-0") is None
