"""mcp 2.x: a call whose connection is cut while it runs is answered all the same."""

import asyncio

from mcp import Client
from saying import arguments, cut, say


async def use(target):
    steps, heard = [], asyncio.Event()

    async def hear(progress, total, message):
        steps.append(progress)
        if progress == total:
            heard.set()

    async with Client(target, mode="legacy") as client:

        async def take():
            await heard.wait()
            await cut()
            await client.call_tool("shop_take", {})

        packing = client.call_tool("shop_pack", {"boxes": 3}, progress_callback=hear)
        result, _ = await asyncio.gather(packing, take())
        say("steps", steps)
        say("packed", result.content[0].text)


asyncio.run(use(arguments()[1]))
