"""Who watches which resources: older clients by subscription, later ones by what they listen to.

Nobody watches what they may not read. Telling them is ``changes``'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from micro.gateway.gateway import Gateway
from micro.protocol.callers import Context, read_caller, sdk_connection
from micro.protocol.watched import WATCHED, may_read, readable, service_of


class Watching:
    """Knows for one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._subscribed: dict[Any, tuple[ServerSession, set[str]]] = {}
        self._listened: Counter[str] = Counter()

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Answer ``resources/subscribe``."""
        if not may_read(self._gateway, read_caller(context), params.uri):
            message = f"There is no resource {params.uri[:200]!r}."
            raise MCPError(INVALID_PARAMS, message, {"uri": params.uri})
        connection = sdk_connection(context.session)
        if connection not in self._subscribed:
            self._subscribed[connection] = context.session, set()
            connection.exit_stack.callback(self._subscribed.pop, connection, None)
        watched = self._subscribed[connection][1]
        if len(watched) >= WATCHED:
            raise MCPError(INVALID_PARAMS, f"{WATCHED} resources are watched, as many as may be.")
        watched.add(params.uri)
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Answer ``resources/unsubscribe``."""
        connection = sdk_connection(context.session)
        if connection in self._subscribed:
            self._subscribed[connection][1].discard(params.uri)
        return EmptyResult()

    def readable(self, context: Context, uris: Iterable[str]) -> list[str]:
        """Give those resources that a request's caller may read, and so may watch."""
        return readable(self._gateway, read_caller(context), uris)

    @contextmanager
    def listened(self, uris: Iterable[str]) -> Generator[None]:
        """Know that somebody listens to resources within this context."""
        uris = tuple(uris)
        self._listened.update(uris)
        try:
            yield
        finally:
            self._listened.subtract(uris)
            self._listened = +self._listened

    def sessions(self, uri: str) -> list[ServerSession]:
        """Give the sessions of older clients that watch a resource."""
        return [session for session, watched in self._subscribed.values() if uri in watched]

    def of(self, service: str) -> list[str]:
        """Give the resources of a service that somebody watches."""
        watched = set(self._listened).union(*(uris for _, uris in self._subscribed.values()))
        return sorted(uri for uri in watched if service_of(self._gateway, uri) == service)
