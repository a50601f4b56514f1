"""The SDK's low-level server on top of a gateway: what each MCP request does.

Every tool call goes through ``Gateway.call``. Knows nothing of streams or HTTP (``serving``), nor
of when the list changes (``changes``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    PaginatedRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)
from pydantic import ValidationError

from micro.calls import Progress, ProgressSink
from micro.errors import Refused
from micro.gateway.gateway import Gateway
from micro.protocol.callers import Context, client_of, http_request, read_caller, read_traceparent
from micro.protocol.changes import ListChanges
from micro.protocol.connections import Connections, current_connection
from micro.protocol.convert import call_result, encode_arguments, refusal
from micro.protocol.identity import Identity
from micro.protocol.listing import UnknownCursor, list_result
from micro.protocol.sessions import HttpSession, HttpSessions

log = logging.getLogger(__name__)

_KNOWN = "micro"
"""Key in an SDK connection's state: the connection has been announced."""

_BEFORE_HANDSHAKE = frozenset({"initialize", "ping"})


class McpServer(Server[Any]):
    """Answers MCP requests of both eras for one gateway."""

    def __init__(
        self,
        gateway: Gateway,
        identity: Identity,
        *,
        connections: Connections,
        changes: ListChanges,
        sessions: HttpSessions,
        touch: Callable[[str], None],
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
        self._changes = changes
        self._sessions = sessions
        self._touch = touch
        self.add_request_handler("tools/list", PaginatedRequestParams, self._list_tools)
        self.add_request_handler("tools/call", CallToolRequestParams, self._call_tool)
        self.middleware[:] = [self._guard]

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """Promise list changes to older clients, for HTTP sessions too, which pass no options."""
        options = notification_options or NotificationOptions(tools_changed=True)
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
        try:
            result = await self._gateway.call(
                params.name,
                encode_arguments(params.arguments),
                caller=read_caller(context),
                traceparent=read_traceparent(context),
                on_progress=_progress_sink(context),
            )
        except Refused as error:
            raise refusal(error) from error
        return call_result(result)

    async def _listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Serve a stream of changes; over HTTP it is what shows that the client is there."""
        if http_request(context) is None:
            return await self._changes.listen(context, params)
        connection = self._connections.open("http", client=client_of(context)[0])
        try:
            return await self._changes.listen(context, params)
        finally:
            connection.close()

    async def _guard(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Announce connections, and keep the text of unforeseen exceptions off the wire."""
        if ctx.method not in _BEFORE_HANDSHAKE and _sdk_connection(ctx.session).initialize_accepted:
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
            stream.meet(*client)
            return
        sdk = _sdk_connection(context.session)
        if _KNOWN in sdk.state or sdk.session_id is None:
            return
        sdk.state[_KNOWN] = True
        self._changes.add(context.session)
        sdk.exit_stack.callback(self._changes.discard, context.session)
        connection = self._connections.open("http", client=client[0])
        sdk.exit_stack.callback(connection.close)
        self._open_session(sdk.session_id, context)
        sdk.exit_stack.callback(self._sessions.close, sdk.session_id)

    def _open_session(self, session: str, context: Context) -> None:
        """Let the fast lane answer in a session from here on."""
        opened = HttpSession(
            client=client_of(context),
            version=context.protocol_version,
            subject=read_caller(context).subject,
            touch=partial(self._touch, session),
        )
        self._sessions.open(session, opened)


def _sdk_connection(session: ServerSession) -> Any:
    """Give the SDK's own connection: it has no public way to learn when a session ends."""
    return session._connection  # pyright: ignore[reportPrivateUsage]


def _progress_sink(context: Context) -> ProgressSink | None:
    """Give what takes the tool's progress, ``None`` if the client did not ask for it.

    Progress has to increase: what does not is dropped.
    """
    if context.meta is None or context.meta.get("progress_token") is None:
        return None
    last = float("-inf")

    async def report(progress: Progress) -> None:
        nonlocal last
        if progress.progress > last:
            last = progress.progress
            await context.session.report_progress(
                progress.progress, progress.total, progress.message
            )

    return report
