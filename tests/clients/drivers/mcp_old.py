"""mcp 1.x: its session, over each transport that it has."""

import asyncio
import sys
from contextlib import asynccontextmanager

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.client.websocket import websocket_client
from saying import arguments, say

HEARD = asyncio.Event()


def open_streams(transport, target):
    match transport:
        case "streamable":
            return streamable_http_client(target)
        case "sse":
            return sse_client(target)
        case "websocket":
            return websocket_client(target)
        case _:
            command = ["-m", "micro_devtool", "mcp", "serve", target]
            return stdio_client(StdioServerParameters(command=sys.argv[3], args=command))


async def hear(message):
    root = getattr(message, "root", message)
    if getattr(root, "method", "") == "notifications/tools/list_changed":
        HEARD.set()


@asynccontextmanager
async def opened(transport, target):
    async with (
        open_streams(transport, target) as (read, write, *_),
        ClientSession(read, write, message_handler=hear) as session,
    ):
        greeting = await session.initialize()
        yield session, greeting


async def names(session):
    return sorted(tool.name for tool in (await session.list_tools()).tools)


async def pack(session):
    """Give the progress that was heard while the call ran; what ends it is another call."""
    steps, heard = [], asyncio.Event()

    async def hear_progress(progress, total, message):
        steps.append(progress)
        if progress == total:
            heard.set()

    async def take():
        await heard.wait()
        await session.call_tool("shop_take", {})

    packing = session.call_tool("shop_pack", {"boxes": 3}, progress_callback=hear_progress)
    await asyncio.gather(packing, take())
    return steps


async def use(transport, target):
    async with opened(transport, target) as (session, greeting):
        say("server", greeting.serverInfo.name)
        say("version", greeting.protocolVersion)
        say("tools", await names(session))
        result = await session.call_tool("shop_add", {"a": 2, "b": 40})
        say("call", result.content[0].text)
        result = await session.call_tool("shop_price", {"item": "tea"})
        say("structured", result.structuredContent)
        result = await session.call_tool("shop_price", {"item": "nothing"})
        say("error", [result.isError, result.content[0].text])
        try:
            await session.call_tool("shop_none", {})
        except McpError as error:
            say("unknown", error.error.code)
        say("progress", await pack(session))
        say("waiting")
        await asyncio.wait_for(HEARD.wait(), 20)
        say("changed", await names(session))
    async with opened(transport, target) as (session, _):
        result = await session.call_tool("shop_add", {"a": 1, "b": 1})
        say("again", result.content[0].text)


transport, target, _ = arguments()
asyncio.run(use(transport, target))
