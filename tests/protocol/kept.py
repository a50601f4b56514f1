"""Streams of older sessions as they are kept, with a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass

from micro.protocol.eventstream import EventStream
from micro.protocol.replay import SessionStreams


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def kept(streams: SessionStreams) -> EventStream:
    stream = EventStream(streams)
    stream.keep()
    return stream


def names(stream: EventStream, position: int = 0) -> list[bytes]:
    return [event.message for event in stream.since(position)]
