"""FastMCP's client."""

import asyncio

from fastmcp import Client
from fastmcp.client.transports import SSETransport, StdioTransport
from fastmcp.exceptions import ToolError
from saying import arguments, saved, say


def connect(transport, target, options):
    if transport == "stdio":
        command = ["-m", "micro_devtool", "mcp", "serve", target]
        target = StdioTransport(command=options[0], args=command)
    elif transport == "sse":
        target = SSETransport(target)
    return Client(target)


async def names(client):
    return sorted(tool.name for tool in await client.list_tools())


async def pack(client):
    """Give the progress that was heard while the call ran; what ends it is another call."""
    steps, heard = [], asyncio.Event()

    async def hear_progress(progress, total, message):
        steps.append(progress)
        if progress == total:
            heard.set()

    async def take():
        await heard.wait()
        await client.call_tool("shop_take", {})

    packing = client.call_tool("shop_pack", {"boxes": 3}, progress_handler=hear_progress)
    await asyncio.gather(packing, take())
    return steps


async def use(transport, target, options):
    async with connect(transport, target, options) as client:
        say("tools", await names(client))
        result = await client.call_tool("shop_add", {"a": 2, "b": 40})
        say("call", result.content[0].text)
        result = await client.call_tool("shop_price", {"item": "tea"})
        say("structured", result.structured_content)
        try:
            await client.call_tool("shop_price", {"item": "nothing"})
        except ToolError as error:
            say("error", [True, str(error)])
        say("progress", await pack(client))
        await saved()
        say("changed", await names(client))
    async with connect(transport, target, options) as client:
        result = await client.call_tool("shop_add", {"a": 1, "b": 1})
        say("again", result.content[0].text)


transport, target, options = arguments()
asyncio.run(use(transport, target, options))
