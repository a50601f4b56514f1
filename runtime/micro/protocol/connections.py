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
    """One connection that a door opened. Told to the bus at once, and again with its name."""

    def __init__(self, bus: EventBus, *, connection: str, door: Door, client: str) -> None:
        self._bus = bus
        self._client = client
        self.connection = connection
        self.door: Door = door
        self._publish()

    def name(self, client: str) -> None:
        """Tell who the client is, once it has said so."""
        if client and not self._client:
            self._client = client
            self._publish()

    def close(self) -> None:
        """Tell that the connection is gone."""
        self._bus.publish(ClientDisconnected(connection=self.connection))

    def _publish(self) -> None:
        self._bus.publish(
            ClientConnected(connection=self.connection, door=self.door, client=self._client)
        )


class Connections:
    """Makes connections; numbers them per runtime."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._numbers = itertools.count(1)

    def open(self, door: Door, *, client: str = "") -> Connection:
        """Make a connection; who calls this closes it."""
        connection = f"{door}-{next(self._numbers)}"
        return Connection(self._bus, connection=connection, door=door, client=client)

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
