"""What a server that is not this project's offers, and calls of its tools, for one command."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import anyio
from mcp import Client, MCPError
from mcp.types import CallToolResult

from micro.control.messages import Called
from micro.errors import ConfigError, MicroError
from micro.snapshots import ServiceView
from micro_devtool import output
from micro_devtool.servers.client import (
    TOKEN_VARIABLE,
    connected,
    endpoint,
    every_tool,
    known_to_rest,
    told,
)
from micro_devtool.servers.source import Offer, Source
from micro_devtool.servers.views import service_view
from micro_devtool.trials.run import Caller

T = TypeVar("T")


def load_offer(source: Source) -> Offer:
    """Give what a server offers.

    Raises:
        StartError: It cannot be asked.
    """

    async def give(_: Client, offer: Offer) -> Offer:
        return offer

    return _run(source, give)


def with_server(source: Source, act: Callable[[Caller, Sequence[ServiceView]], Awaitable[T]]) -> T:
    """Give what ``act`` makes of a server's tools and of what calls them.

    Raises:
        StartError: The server cannot be asked.
    """

    async def give(client: Client, offer: Offer) -> T:
        names = {tool.name: tool.wire_name for each in offer.services for tool in each.tools}
        return await act(RemoteCaller(client, names), offer.services)

    return _run(source, give)


class RemoteCaller:
    """Calls a server's tools in the form of the control socket. The server knows who calls.

    Args:
        client: The connection.
        names: The server's own name of each tool, by that which people read.
    """

    def __init__(self, client: Client, names: Mapping[str, str]) -> None:
        self._client = client
        self._names = names

    async def call(
        self,
        tool: str,
        arguments: str = "{}",
        *,
        client: str = "",
        subject: str = "local",
        scopes: tuple[str, ...] = ("*",),
    ) -> Called:
        """Call a tool.

        Raises:
            ConfigError: Somebody is named for whom to call, which only a project lets us choose.
            MicroError: The server refused.
        """
        if (subject, scopes) != ("local", ("*",)):
            raise ConfigError(
                "another server decides by itself who calls", mend=f"set {TOKEN_VARIABLE} instead"
            )
        try:
            name = self._names.get(tool, tool)
            result = await self._client.call_tool(name, json.loads(arguments))
        except MCPError as error:
            raise MicroError(error.message) from error
        return _called(result)


def _called(result: CallToolResult) -> Called:
    found = result.structured_content
    return Called(
        text="\n".join(block.text for block in result.content if block.type == "text"),
        structured="" if found is None else json.dumps(found),
        is_error=bool(result.is_error),
        trace_id=str((result.meta or {}).get("micro/trace_id", "")),
    )


def _run(source: Source, act: Callable[[Client, Offer], Awaitable[T]]) -> T:
    with output.waiting(f"asking {source.name}"), told(source):
        return anyio.run(partial(_act, source, act))


async def _act(source: Source, act: Callable[[Client, Offer], Awaitable[T]]) -> T:
    async with connected(source) as client:
        tools = await every_tool(client)
        info = client.server_info
        known = await known_to_rest(source)
        service = service_view(
            tools,
            name=info.name if info else "",
            version=info.version if info else "",
            instructions=client.instructions or "",
            known=known or {},
        )
        offer = Offer(
            title=service.name,
            services=[service],
            url=endpoint(source.url) if source.url else None,
            has_rest=known is not None,
        )
        return await act(client, offer)
