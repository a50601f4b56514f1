"""The connections that stay, told to the event bus: a stdio client, an older client's session.

Knows nothing of what is said over them.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec.structs import replace

from micro.calls import Caller
from micro.events import ClientConnected, ClientDisconnected, EventBus


class Connection:
    """One connection that a door opened. Told to the bus at once, and again with its name.

    Attributes:
        caller: Who calls over it, as far as the client has said who it is.
        is_met: Whether the client is past its handshake, or has none to make.
        wants_lines: Whether an older client wants to be told of what its calls log.
        is_askable: Whether an older client can be asked something while its calls run.
    """

    def __init__(self, bus: EventBus, *, connection: str, caller: Caller) -> None:
        self._bus = bus
        self.connection = connection
        self.caller = caller
        self.is_met = False
        self.wants_lines = False
        self.is_askable = False
        self._publish()

    @property
    def client(self) -> tuple[str, str]:
        """Name and version of the client program, empty as long as it has not said them."""
        return self.caller.client, self.caller.client_version

    def meet(self, client: str, version: str, *, protocol: str) -> None:
        """Know the client, past its handshake, and tell who it is, once it has said so."""
        self.is_met = True
        known = self.caller
        if not known.protocol:
            known = replace(known, protocol=protocol)
        if client and not known.client:
            known = replace(known, client=client, client_version=version)
        if known is not self.caller:
            self.caller = known
            self._publish()

    def close(self) -> None:
        """Tell that the connection is gone."""
        self._bus.publish(ClientDisconnected(connection=self.connection))

    def _publish(self) -> None:
        self._bus.publish(
            ClientConnected(
                connection=self.connection,
                door=self.caller.door,
                client=self.caller.client,
                client_version=self.caller.client_version,
                protocol=self.caller.protocol,
                subject=self.caller.subject,
            )
        )


class Connections:
    """Makes connections; numbers them per runtime."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._numbers = itertools.count(1)

    def open(self, caller: Caller) -> Connection:
        """Make a connection of who calls over it, by which door; who calls this closes it."""
        connection = f"{caller.door}-{next(self._numbers)}"
        return Connection(self._bus, connection=connection, caller=caller)

    @contextmanager
    def opened(self, caller: Caller) -> Generator[Connection]:
        """Make a connection that everything started in this context belongs to.

        Args:
            caller: Who calls over it, by which door; what its client is named is not known yet.
        """
        connection = self.open(caller)
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
