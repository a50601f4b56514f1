"""A real MCP client in this process, over real messages: bytes go both ways, no socket is opened.

Imports the SDK, so nothing imports this at start: ``testing`` does, when a test asks for a client.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp import Client
from mcp.client import Transport
from mcp.shared.message import SessionMessage

from micro.calls import Caller
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.messages import read_message, write_message

Mode = Literal["auto", "legacy"]
"""``auto``: the newest protocol; ``legacy``: with the handshake of 2025-11-25 and before."""


_ANYONE = Caller(door="memory")


@asynccontextmanager
async def connect_memory(
    endpoint: McpEndpoint, *, mode: Mode = "auto", caller: Caller = _ANYONE, **callbacks: Any
) -> AsyncGenerator[Client]:
    """Connect a client to a running endpoint, by the door ``memory``.

    Args:
        endpoint: What answers.
        mode: Which protocol the client speaks.
        caller: Who it calls as; by default everything is allowed.
        callbacks: What the client is given to answer questions and take notifications.
    """
    streams: Transport = _open_streams(endpoint, caller)
    async with Client(streams, mode=mode, **callbacks) as client:
        yield client


@asynccontextmanager
async def _open_streams(
    endpoint: McpEndpoint, caller: Caller
) -> AsyncGenerator[
    tuple[ObjectReceiveStream[SessionMessage | Exception], ObjectSendStream[SessionMessage]]
]:
    to_server, lines = anyio.create_memory_object_stream[bytes](0)
    answers, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, sent = anyio.create_memory_object_stream[SessionMessage](0)

    async def send(sent: Sequence[bytes]) -> None:
        for line in sent:
            await answers.send(read_message(line))

    async def pump() -> None:
        async with to_server, sent:
            async for message in sent:
                await to_server.send(write_message(message))

    async with answers, from_server, outgoing, lines, anyio.create_task_group() as tasks:
        tasks.start_soon(pump)
        tasks.start_soon(partial(endpoint.serve_lines, lines, send, caller=caller))
        yield from_server, outgoing
        tasks.cancel_scope.cancel()
