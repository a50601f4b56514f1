"""LlamaIndex's client, and tools of its own made of ours."""

import asyncio

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from saying import arguments, saved, say


def connect(transport, target, options):
    if transport == "stdio":
        return BasicMCPClient(options[0], args=["-m", "micro_devtool", "mcp", "serve", target])
    return BasicMCPClient(target)


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


async def use(transport, target, options):
    client = connect(transport, target, options)
    tools = {tool.metadata.name: tool for tool in await McpToolSpec(client).to_tool_list_async()}
    say("tools", sorted(tools))
    output = await tools["shop_add"].acall(a=2, b=40)
    say("call", output.raw_output.content[0].text)
    result = await client.call_tool("shop_price", {"item": "tea"})
    say("structured", result.structured_content)
    result = await client.call_tool("shop_price", {"item": "nothing"})
    say("error", [result.is_error, result.content[0].text])
    say("progress", await pack(client))
    await saved()
    say("changed", sorted(tool.name for tool in (await client.list_tools()).tools))
    # Each of its calls is a session of its own, so this one is another connection.
    result = await client.call_tool("shop_add", {"a": 1, "b": 1})
    say("again", result.content[0].text)


transport, target, options = arguments()
asyncio.run(use(transport, target, options))
