"""The servers that are compared: each gives the same tool, on the same uvicorn.

``python -m bench.servers NAME FD [h11]`` serves one on a socket that it inherits, until its stdin
ends; ``NAME PORT granian`` serves it on another server. Those of micro are served as micro serves
them, but for ``micro_asgi``, which is an application like any other.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec

from bench.byhand import by_hand
from bench.crowds import CROWDS
from bench.engines import serve_as_micro_does, serve_on_granian
from bench.staged import STAGED

APP = Callable[..., Any]


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def bare(pause: float = 0.0) -> APP:
    """Give the least that answers: an ASGI function that reads JSON and writes JSON."""
    read, write = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        request = read(message["body"])
        sent = request["params"]["arguments"]
        if pause:
            await asyncio.sleep(pause)
        total = sent["a"] + sent["b"]
        result = {
            "content": [{"type": "text", "text": str(total)}],
            "structuredContent": {"result": total},
            "isError": False,
            "resultType": "complete",
        }
        body = write({"jsonrpc": "2.0", "id": request["id"], "result": result})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def micro_library() -> APP:
    """Give a micro service in its own process."""
    import micro

    service = micro.Service("bench")
    service.tool(add)
    return micro.asgi(service)


def micro_asgi() -> APP:
    """Give the same as an ASGI application, for who has a server already."""
    app = micro_library()

    async def call(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return call


def sdk_lowlevel() -> APP:
    """Give the MCP SDK's low-level server, as fast as it goes: schema known, plain JSON."""
    from mcp.server.lowlevel import Server
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool

    number = {"type": "integer"}
    schema = {"type": "object", "properties": {"a": number, "b": number}, "required": ["a", "b"]}
    gives = {"type": "object", "properties": {"result": number}, "required": ["result"]}
    tool = Tool(name="add", input_schema=schema, output_schema=gives)

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[tool])

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        sent = params.arguments or {}
        total = await add(sent["a"], sent["b"])
        return CallToolResult(
            content=[TextContent(type="text", text=str(total))],
            structured_content={"result": total},
        )

    server: Server[Any] = Server(
        "bench",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema={"add": schema}.get,
    )
    return server.streamable_http_app(json_response=True)


def _mcp_server() -> Any:
    from mcp.server import MCPServer

    server = MCPServer("bench", log_level="ERROR")
    server.add_tool(add)
    return server


def sdk_json() -> APP:
    """Give the MCP SDK's ``MCPServer`` with plain JSON answers."""
    return _mcp_server().streamable_http_app(json_response=True)


def sdk_default() -> APP:
    """Give the MCP SDK's ``MCPServer`` as it is by default: able to stream."""
    return _mcp_server().streamable_http_app()


def _fastmcp() -> Any:
    from fastmcp import FastMCP

    server: Any = FastMCP("bench")
    server.tool(add)
    return server


def fastmcp_json() -> APP:
    """Give FastMCP with plain JSON answers."""
    return _fastmcp().http_app(json_response=True)


def fastmcp_default() -> APP:
    """Give FastMCP as it is by default."""
    return _fastmcp().http_app()


def micro_stdio() -> None:
    """Serve a micro service over stdio, as a library."""
    import micro

    service = micro.Service("bench")
    service.tool(add)
    micro.serve(service, "stdio")


def sdk_stdio() -> None:
    """Serve the MCP SDK's ``MCPServer`` over stdio."""
    _mcp_server().run("stdio")


def fastmcp_stdio() -> None:
    """Serve FastMCP over stdio."""
    _fastmcp().run("stdio", show_banner=False)


APPS: dict[str, Callable[[], APP]] = {
    "bare": bare,
    "bare_nap": partial(bare, pause=1.0),
    "by_hand": by_hand,
    "micro_library": micro_library,
    "micro_asgi": micro_asgi,
    "sdk_lowlevel": sdk_lowlevel,
    "sdk_json": sdk_json,
    "sdk_default": sdk_default,
    "fastmcp_json": fastmcp_json,
    "fastmcp_default": fastmcp_default,
} | CROWDS
STDIO: dict[str, Callable[[], None]] = {
    "micro_stdio": micro_stdio,
    "sdk_stdio": sdk_stdio,
    "fastmcp_stdio": fastmcp_stdio,
}


def main() -> None:
    """Serve what the arguments name."""
    if sys.argv[1] in STDIO:
        STDIO[sys.argv[1]]()
        return
    name, where, *engine = sys.argv[1:]
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    if engine == ["granian"]:
        serve_on_granian(APPS[name](), port=int(where))
        return
    if name in STAGED:
        serve_as_micro_does(STAGED[name](), descriptor=int(where))
        return
    app: Any = APPS[name]()
    if hasattr(app, "direct") and not engine:
        serve_as_micro_does(_running(app), descriptor=int(where))
        return
    import uvicorn

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="h11" if engine else "httptools",
        lifespan="off" if name in ("bare", "bare_nap", "by_hand") else "on",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(where))])


@asynccontextmanager
async def _running(app: Any) -> AsyncGenerator[Any]:
    async with app.lifespan():
        yield app


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
