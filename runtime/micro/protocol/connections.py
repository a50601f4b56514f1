"""The connections that stay, told to the event bus: a stdio client, an older client's session.

Knows nothing of what is said over them.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from micro.calls import Door
from micro.events import ClientConnected, ClientDisconnected, EventBus


class Connection:
    """One connection that a door opened. The bus hears of it once the client has said who it is."""

    def __init__(self, bus: EventBus, *, connection: str, door: Door) -> None:
        self._bus = bus
        self._announced = False
        self.connection = connection
        self.door: Door = door

    def announce(self, client: str) -> None:
        """Publish ``ClientConnected``, the first time this is called."""
        if not self._announced:
            self._announced = True
            self._bus.publish(
                ClientConnected(connection=self.connection, door=self.door, client=client)
            )

    def close(self) -> None:
        """Publish ``ClientDisconnected`` if the bus has heard of the connection."""
        if self._announced:
            self._bus.publish(ClientDisconnected(connection=self.connection))


class Connections:
    """Makes connections; numbers them per runtime."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._numbers = itertools.count(1)

    def open(self, door: Door) -> Connection:
        """Make a connection; who calls this closes it."""
        return Connection(self._bus, connection=f"{door}-{next(self._numbers)}", door=door)

    @contextmanager
    def opened(self, door: Door) -> Generator[Connection]:
        """Make a connection that everything started in this context belongs to."""
        connection = self.open(door)
        token = _current.set(connection)
        try:
            yield connection
        finally:
            _current.reset(token)
            connection.close()


_current: ContextVar[Connection | None] = ContextVar("micro_connection", default=None)


def current_connection() -> Connection | None:
    """Give the connection of the stream that is served here, ``None`` where there is none."""
    return _current.get()
