"""mcp 1.x: a call whose connection is cut while it runs is answered all the same."""

import asyncio

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from saying import arguments, cut, say


async def use(target):
    steps, heard = [], asyncio.Event()

    async def hear(progress, total, message):
        steps.append(progress)
        if progress == total:
            heard.set()

    async with (
        streamable_http_client(target) as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()

        async def take():
            await heard.wait()
            await cut()
            await session.call_tool("shop_take", {})

        packing = session.call_tool("shop_pack", {"boxes": 3}, progress_callback=hear)
        result, _ = await asyncio.gather(packing, take())
        say("steps", steps)
        say("packed", result.content[0].text)


asyncio.run(use(arguments()[1]))
