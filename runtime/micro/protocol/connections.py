"""The connections that stay, told to the event bus: a stdio client, an older client's session.

Knows nothing of what is said over them.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from micro.calls import Caller, Door
from micro.events import ClientConnected, ClientDisconnected, EventBus


class Connection:
    """One connection that a door opened. Told to the bus at once, and again with its name.

    Attributes:
        client: Name and version of the client program, as far as it has said them.
        is_met: Whether the client is past its handshake, or has none to make.
    """

    def __init__(self, bus: EventBus, *, connection: str, door: Door, client: str) -> None:
        self._bus = bus
        self.connection = connection
        self.door: Door = door
        self.client = (client, "")
        self.caller = Caller(door=door)
        self.is_met = False
        self._publish()

    def meet(self, client: str, version: str) -> None:
        """Know the client, past its handshake, and tell who it is, once it has said so."""
        self.is_met = True
        if client and not self.client[0]:
            self.client = (client, version)
            self._publish()

    def close(self) -> None:
        """Tell that the connection is gone."""
        self._bus.publish(ClientDisconnected(connection=self.connection))

    def _publish(self) -> None:
        self._bus.publish(
            ClientConnected(connection=self.connection, door=self.door, client=self.client[0])
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
    def opened(self, caller: Caller) -> Generator[Connection]:
        """Make a connection that everything started in this context belongs to.

        Args:
            caller: Who calls over it, by which door; what its client is named is not known yet.
        """
        connection = self.open(caller.door)
        connection.caller = caller
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
