"""One stream of an older session: a list of events, which a response reads from a place in it.

What was missed and what comes next are read alike (``streaming``). How long events are kept is
``replay``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import anyio

from micro.protocol.parts import Write

RESUMED_SINCE = "2025-11-25"
"""The first version whose clients know an event that says nothing but its name."""

RETRY = 1_000
"""Milliseconds after which a client that was cut off is asked to come back."""


class Event(NamedTuple):
    """A message on a stream; the first has the position 1."""

    position: int
    message: bytes


class Log(Protocol):
    """Where streams are kept."""

    def add(self, stream: EventStream) -> int:
        """Keep a stream; give its number."""
        ...

    def keep(self, stream: EventStream, event: Event) -> None:
        """Keep an event."""
        ...

    def discard(self, stream: EventStream) -> None:
        """Keep a stream no more."""
        ...


class EventStream:
    """One stream of a session.

    Attributes:
        number: What its events are named after; 0 as long as nothing of it is kept.
        is_over: Whether nothing more will be said.
        reader: Counts those who have read it: one that is not the last has to stop.
        is_read: Whether somebody reads it now.
        read: Position of the last event that somebody read.
        write: Writes at once to who reads; ``None`` while that cannot be, or more is on its way.
    """

    __slots__ = (
        *("_events", "_more", "_said", "_streams", "_wake_reader"),
        *("is_over", "is_read", "number", "read", "reader", "write"),
    )

    def __init__(self, streams: Log) -> None:
        self._streams = streams
        self._events: list[Event] = []
        self._said = 0
        self._more: anyio.Event | None = None
        self._wake_reader: Callable[[], None] | None = None
        self.number = 0
        self.is_over = False
        self.reader = 0
        self.is_read = False
        self.read = 0
        self.write: Write | None = None

    def put(self, message: bytes) -> Event:
        """Say a message."""
        self._said += 1
        event = Event(self._said, message)
        self._events.append(event)
        if self.number:
            self._streams.keep(self, event)
        if not self._write(event):
            self._wake()
        return event

    def _write(self, event: Event) -> bool:
        """Write an event at once, if all before it is read and there is room; whether it was."""
        if self.write is None or self.read != event.position - 1:
            return False
        if not self.write(self.text((event,))):
            return False
        self.read = event.position
        return True

    def put_once(self, message: bytes) -> None:
        """Say a message, unless it waits already for somebody to read it."""
        if all(event.message != message for event in self.since(self.read)):
            self.put(message)

    def end(self) -> None:
        """Say no more."""
        self.is_over = True
        if not self._events:
            self._streams.discard(self)
        self._wake()

    def since(self, position: int) -> list[Event]:
        """Give the events after a position, as far as they are kept."""
        if not self._events or self._events[-1].position <= position:
            return []
        return [event for event in self._events if event.position > position]

    @contextmanager
    def reading(self, after: int = 0, wake: Callable[[], None] | None = None) -> Generator[int]:
        """Read within this context, which gives the number of the reader; who read before stops.

        Args:
            after: The last position that was read before.
            wake: Called when ``more`` would return, for a reader that does not wait.
        """
        self.give_up()
        reader, self.is_read, self.read = self.reader, True, after
        self._wake_reader = wake
        try:
            yield reader
        finally:
            if self.reader == reader:
                self.is_read, self.write, self._wake_reader = False, None, None
                self.reader += 1

    def give_up(self) -> None:
        """Have who reads it stop."""
        self.reader += 1
        self.is_read, self.write = False, None
        self._wake()
        self._wake_reader = None

    def awaits(self, event: Event) -> bool:
        """Whether an event is about to be read."""
        return self.is_read and event.position > self.read

    async def more(self) -> None:
        """Wait until something is said, nothing more will be, or a sign of life is due."""
        if self._more is None:
            self._more = anyio.Event()
        await self._more.wait()

    async def begun(self) -> None:
        """Wait until something was said, or nothing will be."""
        while not (self._said or self.is_over):
            await self.more()

    async def ended(self) -> None:
        """Wait until nothing more will be said."""
        while not self.is_over:
            await self.more()

    def nudge(self) -> None:
        """Have who reads it give a sign of life."""
        self._wake()

    def keep(self) -> None:
        """Keep from here on what is said, and what was."""
        if not self.number:
            self.number = self._streams.add(self)
            for event in tuple(self._events):
                self._streams.keep(self, event)

    def drop(self, event: Event) -> bool:
        """Keep an event no more; whether the stream is of no more use."""
        if self._events and self._events[0] is event:
            del self._events[0]
        return self.is_over and not self._events

    def opening(self, version: str, position: int = 0) -> bytes:
        """Give the text of an event from which a client can go on at once.

        Empty if the client's version does not know events that say nothing but their name.
        """
        if version < RESUMED_SINCE:
            return b""
        return b"id: %b\r\nretry: %d\r\ndata: \r\n\r\n" % (self._name(position), RETRY)

    def text(self, events: Iterable[Event]) -> bytes:
        """Give the text of events."""
        return b"".join(
            b"id: %b\r\nevent: message\r\ndata: %b\r\n\r\n" % (self._name(position), message)
            for position, message in events
        )

    def _name(self, position: int) -> bytes:
        return b"%d-%d" % (self.number, position)

    def _wake(self) -> None:
        if self._more is not None:
            self._more.set()
            self._more = None
        if self._wake_reader is not None:
            self._wake_reader()
