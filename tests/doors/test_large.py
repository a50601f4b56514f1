"""Large results by each door: MCP gives a beginning and a link to the rest, REST gives all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client

from doors.harness import (
    DEADLINE,
    ERAS,
    MODERN,
    Served,
    call,
    line_client,
    make_tool,
    request,
    serving,
)
from doors.web_client import http
from micro.calls import Call, ToolResult
from micro.events import ToolsChanged
from micro.gateway.large import LIMIT, NEXT_KEY

TEXT = "é" * (LIMIT + 1)
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


async def large(call: Call) -> ToolResult:
    return ToolResult(content=({"type": "text", "text": TEXT},))


async def typed(call: Call) -> ToolResult:
    return ToolResult(structured=json.dumps({"text": TEXT}).encode())


async def described(call: Call) -> ToolResult:
    block = {"type": "text", "text": TEXT}
    return ToolResult(content=(block,), structured=b'{"text": "a summary"}')


def serve_large(served: Served) -> None:
    tools = [
        *served.registry.catalogue.tools,
        make_tool("large", large),
        make_tool("typed", typed, output_schema=SCHEMA),
        make_tool("described", described, output_schema=SCHEMA),
    ]
    assert served.registry.swap({"demo": tools})
    served.bus.publish(ToolsChanged(tools=len(tools)))


async def read_whole(client: Client, uri: str) -> str:
    """Read a result page by page, as each says which comes next."""
    text = ""
    while uri:
        contents: Any = (await client.read_resource(uri)).contents[0]
        text += contents.text
        uri = (contents.meta or {}).get(NEXT_KEY, "")
    return text


@ERAS
async def test_a_real_client_reads_the_rest_by_the_link(mode: Any):
    """It checks against the tool's output schema whatever is not an error."""
    async with serving() as served, Client(served.mcp, mode=mode) as client:
        serve_large(served)
        result = await client.call_tool("demo_large", {})
        assert not result.is_error
        link: Any = result.content[1]
        assert await read_whole(client, str(link.uri)) == TEXT
        failed = await client.call_tool("demo_typed", {})
        assert failed.is_error
        words: Any = failed.content[0]
        assert words.text.startswith("The tool has run")
        link = failed.content[1]
        assert json.loads(await read_whole(client, str(link.uri))) == {"text": TEXT}
        told = await client.call_tool("demo_described", {})
        assert (told.is_error, told.structured_content) == (False, {"text": "a summary"})
        link = told.content[1]
        assert await read_whole(client, str(link.uri)) == TEXT


@pytest.mark.parametrize("slow", [False, True], ids=["fast lane", "SDK"])
async def test_both_lanes_shorten_alike(slow: bool):
    async with serving() as served, line_client(served.path) as client:
        serve_large(served)
        meta = MODERN | ({"progressToken": "p"} if slow else {})
        said = await client.ask(call("demo_large", _meta=meta))
        words, link = said["result"]["content"]
        assert (link["type"], link["size"]) == ("resource_link", len(TEXT))
        assert link["uri"] in words["text"]
        page = f"{link['uri']}/1"
        read = await client.ask(request("resources/read", {"uri": page, "_meta": MODERN}))
        assert TEXT.startswith(read["result"]["contents"][0]["text"])
        wrong = await client.ask(request("resources/read", {"uri": f"{page}0000", "_meta": MODERN}))
        assert wrong["error"]["code"] == -32602


async def test_rest_gives_a_large_result_whole():
    async with serving() as served, http(served) as client:
        serve_large(served)
        answer = await client.post("/mcp/call/demo/large", timeout=DEADLINE)
        assert answer.json()["result"] == TEXT
