"""The agent for AutoGPT's platform: what its nodes name is there, and is called by an MCP client.

The platform cannot be installed; what it does with a node of its block for MCP is done here.
"""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from mcp import Client

from devtool.exports.conftest import Served
from devtool.exports.views import service_view, tool_view
from devtool.harness import run
from micro_devtool.exports.autogpt import MCP_TOOL_BLOCK, OUTPUT_BLOCK, agent_text

TOOLS = (tool_view("users.get"), tool_view("users.add", examples=({"name": "eve"},)))


def agent(*tools: Any, url: str = "http://x/mcp") -> dict[str, Any]:
    return json.loads(agent_text([service_view(*tools)], title="shop", url=url))


async def test_every_node_of_a_tool_calls_what_is_served_where_it_says(
    tmp_path: Path, served: Served
):
    ended = run("mcp", "export", "autogpt", "--url", served.url, cwd=tmp_path)
    nodes = json.loads(ended.stdout)["nodes"]
    calls = [n["input_default"] for n in nodes if n["block_id"] == MCP_TOOL_BLOCK]
    assert [call["selected_tool"] for call in calls] == ["shop_find", "shop_price"]
    asked = calls[1]
    Draft202012Validator(asked["tool_input_schema"]).validate(
        asked["tool_arguments"] | {"name": "a"}
    )
    async with Client(asked["server_url"]) as client:
        result = await client.call_tool(asked["selected_tool"], {"name": "tea"})
        assert result.structured_content == {"result": 3}


def test_results_are_linked_to_outputs_of_the_tools_names():
    found = agent(*TOOLS)
    nodes = {node["id"]: node for node in found["nodes"]}
    assert len(nodes) == 4
    for link in found["links"]:
        source, sink = nodes[link["source_id"]], nodes[link["sink_id"]]
        assert (source["block_id"], sink["block_id"]) == (MCP_TOOL_BLOCK, OUTPUT_BLOCK)
        assert source["input_default"]["selected_tool"] == sink["input_default"]["name"]
        assert (link["source_name"], link["sink_name"]) == ("result", "value")
        assert source["output_links"] == sink["input_links"] == [link]


def test_an_example_is_what_a_node_begins_with():
    first, *_ = agent(*TOOLS)["nodes"]
    assert first["input_default"]["tool_arguments"] == {"name": "eve"}


def test_the_same_tools_give_the_same_agent_and_another_server_another():
    assert agent(*TOOLS) == agent(*reversed(TOOLS))
    assert agent(*TOOLS)["id"] != agent(*TOOLS, url="http://y/mcp")["id"]
