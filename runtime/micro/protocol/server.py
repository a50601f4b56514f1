"""The SDK's low-level server on top of a gateway: what each MCP request does.

Every tool call goes through ``Gateway.call``. Knows nothing of streams or HTTP (``serving``), nor
of when the list changes (``changes``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CompleteRequestParams,
    EmptyResult,
    GetPromptRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)
from pydantic import ValidationError

from micro.errors import Refused
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.asking import abilities_of
from micro.protocol.callers import (
    Context,
    client_of,
    http_request,
    read_caller,
    read_deadline,
    read_trace_id,
    read_traceparent,
    sdk_connection,
)
from micro.protocol.changes import ListChanges
from micro.protocol.company import Company
from micro.protocol.connections import Connections, current_connection
from micro.protocol.convert import call_result, encode_arguments, refusal
from micro.protocol.identity import Identity
from micro.protocol.listing import UnknownCursor, list_result
from micro.protocol.offers import Offers
from micro.protocol.sealing import Sealing
from micro.protocol.sessions import HttpSessions
from micro.protocol.watching import Watching

log = logging.getLogger(__name__)

_LEVEL = "micro/level"
"""Key in an SDK connection's state: the level of log lines that its client wants."""

_BEFORE_HANDSHAKE = frozenset({"initialize", "ping"})


class McpServer(Server[Any]):
    """Answers MCP requests of both eras for one gateway.

    Attributes:
        changes: Tells clients of them while it runs.
    """

    def __init__(
        self,
        gateway: Gateway,
        identity: Identity,
        *,
        connections: Connections,
        bus: EventBus,
        sessions: HttpSessions,
    ) -> None:
        super().__init__(
            identity.name,
            version=identity.version,
            instructions=identity.instructions or None,
            get_tool_input_schema=self._input_schema,
            on_subscriptions_listen=self._listen,
        )
        self._gateway = gateway
        self._connections = connections
        self._watching = Watching(gateway)
        self.changes = ListChanges(bus, self._watching)
        self._sessions = sessions
        self._add_handlers(Offers(gateway, log_level))
        self.middleware[:] = [self._guard, Sealing(identity.name)]

    def _add_handlers(self, offers: Offers) -> None:
        add = self.add_request_handler
        add("tools/list", PaginatedRequestParams, self._list_tools)
        add("tools/call", CallToolRequestParams, self._call_tool)
        add("resources/list", PaginatedRequestParams, offers.list_resources)
        add("resources/templates/list", PaginatedRequestParams, offers.list_templates)
        add("resources/read", ReadResourceRequestParams, offers.read)
        add("resources/subscribe", SubscribeRequestParams, self._watching.subscribe)
        add("resources/unsubscribe", UnsubscribeRequestParams, self._watching.unsubscribe)
        add("prompts/list", PaginatedRequestParams, offers.list_prompts)
        add("prompts/get", GetPromptRequestParams, offers.get)
        add("completion/complete", CompleteRequestParams, offers.complete)
        add("logging/setLevel", SetLevelRequestParams, self._set_level)

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """Promise list changes to older clients, for HTTP sessions too, which pass no options."""
        options = notification_options or NotificationOptions(
            tools_changed=True, resources_changed=True, prompts_changed=True
        )
        return super().create_initialization_options(options, experimental_capabilities, extensions)

    def _input_schema(self, name: str) -> Mapping[str, Any] | None:
        tool = self._gateway.find(name)
        return tool.spec.input_schema if tool is not None else None

    async def _list_tools(self, context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
        try:
            tools = await self._gateway.list_tools(read_caller(context))
            return list_result(tools, params.cursor or None)
        except UnknownCursor as error:
            message = "This cursor was not given out here; list again from the start."
            raise MCPError(INVALID_PARAMS, message) from error
        except Refused as error:
            raise refusal(error) from error

    async def _call_tool(self, context: Context, params: CallToolRequestParams) -> dict[str, Any]:
        company = Company(context, params)
        try:
            async with company.telling(context, log_level(context)) as peer:
                result = await self._gateway.call(
                    params.name,
                    encode_arguments(params.arguments),
                    caller=read_caller(context),
                    traceparent=read_traceparent(context),
                    trace_id=read_trace_id(context),
                    deadline=read_deadline(context),
                    peer=peer,
                )
            whole = self._gateway.large.fit(params.name, result, read_caller(context))
            return company.ending(result) or call_result(whole)
        except Refused as error:
            raise refusal(error) from error

    async def _set_level(self, context: Context, params: SetLevelRequestParams) -> EmptyResult:
        """Tell an older client from now on of what its calls log, of this level or above."""
        sdk_connection(context.session).state[_LEVEL] = params.level
        if (stream := current_connection()) is not None:
            stream.wants_lines = True
        elif session := self._sessions.find(sdk_connection(context.session).session_id or ""):
            session.wants_lines = True
        return EmptyResult()

    async def _listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Serve a stream of changes; over HTTP it is what shows that the client is there."""
        asked = params.notifications
        uris = self._watching.readable(context, asked.resource_subscriptions or ())
        wanted = asked.model_copy(update={"resource_subscriptions": uris})
        params = params.model_copy(update={"notifications": wanted})
        with self._watching.listened(uris):
            if http_request(context) is None:
                return await self.changes.listen(context, params)
            connection = self._connections.open(read_caller(context))
            try:
                return await self.changes.listen(context, params)
            finally:
                connection.close()

    async def _guard(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Announce connections, and keep the text of unforeseen exceptions off the wire."""
        if ctx.method not in _BEFORE_HANDSHAKE and sdk_connection(ctx.session).initialize_accepted:
            self._meet(ctx)
        try:
            return await call_next(ctx)
        except (MCPError, ValidationError):
            raise
        except Exception as error:
            log.exception("%s failed", ctx.method)
            raise MCPError(INTERNAL_ERROR, "Internal server error") from error

    def _meet(self, context: Context) -> None:
        """Announce the client of a stream or of an older session, once it is past its handshake."""
        stream, client = current_connection(), client_of(context)
        if stream is not None:
            stream.meet(*client, protocol=context.protocol_version)
            stream.is_askable = bool(abilities_of(context.session.client_capabilities))
            return
        session = self._sessions.find(sdk_connection(context.session).session_id or "")
        if session is None:
            return
        if not session.is_ready:
            session.client, session.version = client, context.protocol_version
            session.is_askable = bool(abilities_of(context.session.client_capabilities))
            session.is_ready = True
        self._sessions.announce(session, read_caller(context))


def log_level(context: Context) -> str:
    """Give the level of log lines that an older client wants to be told; empty if none."""
    return sdk_connection(context.session).state.get(_LEVEL, "")
