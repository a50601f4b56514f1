"""Connects to a server that is not this project's, of both eras, and lists its tools.

By the MCP SDK's client, which makes this slow to import. What is done with it is in ``remote`` and
``proxy``.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import anyio
import httpx2
import msgspec
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.session import MessageHandlerFnT
from mcp.client.streamable_http import streamable_http_client
from mcp.types import Implementation, Tool

from micro.errors import StartError, unwrapped
from micro_devtool.servers.source import MCP_PATH, Source
from micro_devtool.servers.views import Listed

TOKEN_VARIABLE = "MICRO_TOKEN"
_CONNECT_TIMEOUT = 20.0
_CALL_TIMEOUT = 120.0
_PAGES = 100
"""Pages of a list of tools at most: one that never ends does not hold us up."""


@asynccontextmanager
async def connected(
    source: Source, *, heard: MessageHandlerFnT | None = None
) -> AsyncGenerator[Client]:
    """Connect to a server; a process that was started for it ends with this.

    Args:
        source: Where it is.
        heard: Takes what the server says without being asked.
    """
    async with AsyncExitStack() as stack:
        if source.command:
            program, *arguments = source.command
            server: Any = StdioServerParameters(
                command=program, args=arguments, env=dict(os.environ)
            )
        else:
            http = httpx2.AsyncClient(headers=_headers(source), timeout=_CALL_TIMEOUT)
            await stack.enter_async_context(http)
            server = streamable_http_client(endpoint(source.url), http_client=http)
        client = Client(
            server,
            client_info=Implementation(name="micro", version="1"),
            read_timeout_seconds=_CALL_TIMEOUT,
            message_handler=heard,
        )
        with anyio.fail_after(_CONNECT_TIMEOUT) as connecting:
            async with client:
                connecting.deadline = math.inf
                yield client


@contextmanager
def told(source: Source) -> Generator[None]:
    """Say of a server that cannot be asked where it should be, and what to look at.

    Raises:
        StartError: Instead of what the client raised.
    """
    try:
        with unwrapped():
            yield
    except (MCPError, OSError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        why = str(error) or type(error).__name__
        mend = (
            f"see that it speaks MCP over HTTP there; a token goes into {TOKEN_VARIABLE}"
            if source.url
            else "see that the command starts an MCP server on stdin and stdout"
        )
        raise StartError(f"{source.name} does not answer: {why}", mend=mend) from error


async def every_tool(client: Client) -> list[Tool]:
    """Give all that a server lists."""
    found: list[Tool] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor, cache_mode="refresh")
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def endpoint(url: str) -> str:
    """Give where MCP is: a URL without a path means micro's own."""
    parsed = httpx2.URL(url)
    return url if parsed.path.strip("/") else str(parsed.copy_with(path=MCP_PATH))


async def known_to_rest(source: Source) -> dict[str, Listed] | None:
    """Give what micro's REST door says of each tool by its wire name; ``None`` if it has none."""
    if not source.url or not (url := endpoint(source.url)).endswith(MCP_PATH):
        return None
    try:
        async with httpx2.AsyncClient(headers=_headers(source)) as http:
            answer = await http.get(f"{url}/tools")
            listed = msgspec.json.decode(answer.content, type=dict[str, list[Listed]])
    except (httpx2.HTTPError, msgspec.MsgspecError):
        return None
    return {each.mcp_name: each for each in listed.get("tools", [])}


def _headers(source: Source) -> dict[str, str]:
    token = os.environ.get(TOKEN_VARIABLE)
    return ({"Authorization": f"Bearer {token}"} if token else {}) | dict(source.headers)
