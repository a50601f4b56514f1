"""LangChain's adapters: tools of theirs, made of ours, over each transport that they have."""

import asyncio

from langchain_core.tools import ToolException
from langchain_mcp_adapters.client import MultiServerMCPClient
from saying import arguments, saved, say


def connection(transport, target, options):
    match transport:
        case "stdio":
            command = ["-m", "micro_devtool", "mcp", "serve", target]
            return {"transport": "stdio", "command": options[0], "args": command}
        case "streamable":
            return {"transport": "streamable_http", "url": target}
        case _:
            return {"transport": transport, "url": target}


def text_of(result):
    return result if isinstance(result, str) else result[0]["text"]


async def use(transport, target, options):
    client = MultiServerMCPClient({"shop": connection(transport, target, options)})
    tools = {tool.name: tool for tool in await client.get_tools()}
    say("tools", sorted(tools))
    say("call", text_of(await tools["shop_add"].ainvoke({"a": 2, "b": 40})))
    call = {"name": "shop_price", "args": {"item": "tea"}, "id": "1", "type": "tool_call"}
    message = await tools["shop_price"].ainvoke(call)
    say("structured", message.artifact["structured_content"])
    try:
        answer = await tools["shop_price"].ainvoke({"item": "nothing"})
        say("error", [True, text_of(answer)])
    except ToolException as error:
        say("error", [True, str(error)])
    await saved()
    say("changed", sorted(tool.name for tool in await client.get_tools()))
    # Each of its calls is a session of its own, so this one is another connection.
    say("again", text_of(await tools["shop_add"].ainvoke({"a": 1, "b": 1})))


transport, target, options = arguments()
asyncio.run(use(transport, target, options))
