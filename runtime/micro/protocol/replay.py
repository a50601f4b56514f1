"""What was said on the streams of an older session, kept for a while: who lost one can read on.

How much is kept of a session is bounded here; of all of them together, in ``keeping``.
"""

from __future__ import annotations

from collections.abc import Iterator

from micro.protocol.eventstream import Event, EventStream
from micro.protocol.keeping import Store
from micro.protocol.outbox import OWED_LIMIT

EVENTS = 1_000
"""Events that are kept of one session."""

BYTES = 4 * 1024 * 1024
"""Bytes that are kept of one session."""

AGE = 300.0
"""Seconds that an event is kept."""


class SessionStreams:
    """The streams of one session.

    Attributes:
        size: Bytes that are kept.
        standing: The one on which the client is told what answers no request.
    """

    __slots__ = ("_kept", "_numbered", "_store", "_streams", "size", "standing")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._streams: dict[int, EventStream] = {}
        self._numbered = 0
        self._kept: list[tuple[float, EventStream, Event]] = []
        self.size = 0
        self.standing: EventStream | None = None

    def __iter__(self) -> Iterator[EventStream]:
        return iter(tuple(self._streams.values()))

    def find(self, name: str) -> tuple[EventStream, int] | None:
        """Give the stream and the position of an event; ``None`` if the stream is not kept."""
        number, _, position = name.partition("-")
        if not (_is_number(number) and _is_number(position)):
            return None
        stream = self._streams.get(int(number))
        return None if stream is None else (stream, int(position))

    def stand(self) -> EventStream:
        """Give the standing stream, from now on if there is none."""
        if self.standing is None:
            self.standing = EventStream(self)
        return self.standing

    def add(self, stream: EventStream) -> int:
        """Keep a stream; give its number."""
        self._numbered += 1
        self._streams[self._numbered] = stream
        return self._numbered

    def keep(self, stream: EventStream, event: Event) -> None:
        """Keep an event, and drop what is too much or too old then."""
        self._kept.append((self._store.clock(), stream, event))
        self.size += len(event.message)
        self._store.grow(self, len(event.message))
        self.trim()

    def trim(self) -> None:
        """Keep no more than may be."""
        oldest = self._store.clock() - AGE
        while self._kept and (self._has_too_much or self._kept[0][0] < oldest):
            if not self.drop_oldest():
                break

    @property
    def _has_too_much(self) -> bool:
        """Whether too much is kept; what was said last is never too much by itself."""
        return len(self._kept) > EVENTS or (self.size > BYTES and len(self._kept) > 1)

    def drop_oldest(self) -> bool:
        """Keep the oldest event no more; false if there is none, or it is about to be read.

        Who is owed too much is waited for no longer.
        """
        if not self._kept:
            return False
        _, stream, event = self._kept[0]
        if stream.awaits(event):
            if self.size <= OWED_LIMIT:
                return False
            stream.give_up()
        self._drop()
        return True

    def _drop(self) -> None:
        _, stream, event = self._kept.pop(0)
        self.size -= len(event.message)
        if stream.drop(event):
            self.discard(stream)
        self._store.shrink(self, len(event.message))

    def discard(self, stream: EventStream) -> None:
        """Keep a stream no more."""
        self._streams.pop(stream.number, None)

    def end(self) -> None:
        """End every stream, and keep nothing."""
        for stream in self:
            stream.end()
        while self._kept:
            self._drop()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
