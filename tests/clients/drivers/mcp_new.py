"""mcp 2.x: its client in the era that it finds, the older one, and one that is named."""

import asyncio
import sys

from mcp import Client, MCPError, StdioServerParameters
from saying import arguments, say

HEARD = asyncio.Event()


async def hear(message):
    if getattr(message, "method", "") == "notifications/tools/list_changed":
        HEARD.set()


def connect(transport, target, mode):
    if transport == "stdio":
        command = ["-m", "micro_devtool", "mcp", "serve", target]
        target = StdioServerParameters(command=sys.executable, args=command)
    return Client(target, mode=mode, message_handler=hear)


async def names(client):
    return sorted(tool.name for tool in (await client.list_tools()).tools)


async def changed(client):
    """Return once the server has said that the tools are others."""
    if client.protocol_version < "2026":
        say("waiting")
        await HEARD.wait()
        return
    async with client.listen(tools_list_changed=True) as events:
        say("waiting")
        async for _ in events:
            return


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

    packing = client.call_tool("shop_pack", {"boxes": 3}, progress_callback=hear_progress)
    await asyncio.gather(packing, take())
    return steps


async def use(transport, target, mode):
    async with connect(transport, target, mode) as client:
        if mode != "2026-07-28":  # a client that names the version asks nothing at first
            say("server", client.server_info.name)
        say("version", client.protocol_version)
        say("tools", await names(client))
        result = await client.call_tool("shop_add", {"a": 2, "b": 40})
        say("call", result.content[0].text)
        result = await client.call_tool("shop_price", {"item": "tea"})
        say("structured", result.structured_content)
        result = await client.call_tool("shop_price", {"item": "nothing"})
        say("error", [result.is_error, result.content[0].text])
        try:
            await client.call_tool("shop_none", {})
        except MCPError as error:
            say("unknown", error.code)
        say("progress", await pack(client))
        await asyncio.wait_for(changed(client), 20)
        say("changed", await names(client))
    async with connect(transport, target, mode) as client:
        result = await client.call_tool("shop_add", {"a": 1, "b": 1})
        say("again", result.content[0].text)


transport, target, (mode,) = arguments()
asyncio.run(use(transport, target, mode))
