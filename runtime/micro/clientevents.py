"""Facts about clients: who came by which door, who went, and what list each was given."""

from __future__ import annotations

from micro.callevents import Event


class ClientConnected(Event, frozen=True, kw_only=True, tag="client_connected"):
    """A door opened a connection that stays: a stdio client, a WebSocket, a session.

    Comes again, of the same ``connection``, once a client that had no name says who it is.
    ``protocol``: the version of MCP that it speaks.
    """

    connection: str
    door: str
    client: str
    client_version: str = ""
    protocol: str = ""
    subject: str = ""


class ClientDisconnected(Event, frozen=True, kw_only=True, tag="client_disconnected"):
    """A connection that stayed is gone."""

    connection: str


class ToolsListed(Event, frozen=True, kw_only=True, tag="tools_listed"):
    """A client was given the list of tools, as many as its scopes let it see."""

    door: str
    client: str
    client_version: str
    protocol: str
    subject: str
    tools: int

    @property
    def who(self) -> tuple[str, ...]:
        """What tells one client from another."""
        return self.door, self.client, self.client_version, self.protocol, self.subject
