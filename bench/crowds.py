"""The servers of ``scale`` and ``listeners``: with a tool that sleeps, with many, with news."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any

TOOLS = 1_000
IN_FLIGHT = 20_000

App = Callable[..., Any]


async def nap(a: int, b: int) -> int:
    """Add two numbers after a second."""
    await asyncio.sleep(1)
    return a + b


def tools() -> Mapping[str, Callable[[int, int], Awaitable[int]]]:
    """Give the many tools, by their names; one is ``add``. No two are described alike."""
    dice = Random(TOOLS)
    words = ["".join(dice.choices("aeioulmnrst", k=dice.randint(2, 9))) for _ in range(2_000)]
    names = ["add", *(f"{dice.choice(words)}_{number:03}" for number in range(1, TOOLS))]
    return {name: _adding(" ".join(dice.choices(words, k=20))) for name in names}


def _adding(description: str) -> Callable[[int, int], Awaitable[int]]:
    async def add(a: int, b: int) -> int:
        return a + b

    add.__doc__ = f"{description.capitalize()}."
    return add


def micro_nap() -> App:
    """Give a micro service that may have as many calls in flight."""
    import micro

    service = micro.Service("bench")
    service.tool(nap)
    return micro.asgi(service, calls_in_flight=IN_FLIGHT)


def micro_many() -> App:
    """Give a micro service with the many tools."""
    import micro

    service = micro.Service("bench")
    for name, function in tools().items():
        service.tool(name=name)(function)
    return micro.asgi(service)


def micro_news() -> App:
    """Give a micro service whose list of tools is said to be another one with every call."""
    import micro
    from micro.doors.http import HttpApp
    from micro.events import ToolsChanged
    from micro.serving import Serving

    service = micro.Service("bench")

    @service.tool
    async def add(a: int, b: int) -> int:
        serving.runtime.bus.publish(ToolsChanged(tools=1))
        return a + b

    serving = Serving(service)
    return HttpApp(serving.endpoint, lifespan=serving.running)


def sdk_nap() -> App:
    """Give the MCP SDK's ``MCPServer`` with plain JSON answers."""
    from mcp.server import MCPServer

    server = MCPServer("bench", log_level="ERROR")
    server.add_tool(nap)
    return server.streamable_http_app(json_response=True)


def sdk_many() -> App:
    """Give the same with the many tools."""
    from mcp.server import MCPServer

    server = MCPServer("bench", log_level="ERROR")
    for name, function in tools().items():
        server.add_tool(function, name=name)
    return server.streamable_http_app(json_response=True)


def sdk_news() -> App:
    """Give the MCP SDK's ``MCPServer`` that says the same."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver import Context

    server = MCPServer("bench", log_level="ERROR")

    async def add(a: int, b: int, ctx: Any) -> int:
        await ctx.notify_tools_changed()
        return a + b

    add.__annotations__["ctx"] = Context  # it is imported here alone
    server.add_tool(add)
    return server.streamable_http_app()


def fastmcp_nap() -> App:
    """Give FastMCP with plain JSON answers."""
    from fastmcp import FastMCP

    server: Any = FastMCP("bench")
    server.tool(nap)
    return server.http_app(json_response=True)


CROWDS: dict[str, Callable[[], App]] = {
    "micro_nap": micro_nap,
    "micro_many": micro_many,
    "micro_news": micro_news,
    "sdk_nap": sdk_nap,
    "sdk_many": sdk_many,
    "sdk_news": sdk_news,
    "fastmcp_nap": fastmcp_nap,
}
