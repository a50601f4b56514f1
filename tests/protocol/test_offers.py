"""Resources, prompts and completions as MCP clients of both eras get them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from mcp import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from doors.harness import MODERN
from doors.web_client import modern
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.protocol.listing import PAGE
from micro.services.service import Service
from micro.testing import open_client
from protocol.asking_service import travel
from protocol.lanes import post
from protocol.oddities import request

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@ERAS
async def test_resources_and_templates_are_listed_apart(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        cities, secret = (await mcp.list_resources()).resources
        assert (cities.uri, cities.name, cities.title) == (
            "travel://cities",
            "travel_cities",
            "Cities",
        )
        assert (cities.description, cities.mime_type) == ("List every city.", "text/plain")
        assert secret.mime_type == "application/octet-stream"
        (room,) = (await mcp.list_resource_templates()).resource_templates
        assert (room.uri_template, room.mime_type) == ("travel://{city}/{room}", "application/json")


@ERAS
async def test_prompts_are_listed_with_their_arguments(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        prompts = {each.name: each for each in (await mcp.list_prompts()).prompts}
        assert list(prompts) == ["travel_briefing", "travel_plan"]
        city, style = prompts["travel_plan"].arguments or []
        assert (city.name, city.required, city.description) == ("city", True, "Where to.")
        assert (style.name, style.required) == ("style", False)
        assert prompts["travel_briefing"].arguments is None


@ERAS
async def test_a_resource_is_read(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        (cities,) = (await mcp.read_resource("travel://cities")).contents
        assert cities.model_dump(exclude_none=True, exclude={"meta"}) == {
            "uri": "travel://cities",
            "mime_type": "text/plain",
            "text": "london\nparis",
        }
        (room,) = (await mcp.read_resource("travel://london/tower")).contents
        assert room.uri == "travel://london/tower"
        (secret,) = (await mcp.read_resource("travel://secret")).contents
        assert secret.model_dump()["blob"] == base64.b64encode(b"\x00\x01").decode()
        tools = [record.tool for record in client.calls]
        assert tools == ["travel.cities", "travel.room", "travel.secret"]


@pytest.mark.parametrize(("mode", "code"), [("auto", -32602), ("legacy", -32002)])
async def test_a_resource_that_is_not_there_is_the_error_of_the_era(mode: Any, code: int):
    service = Service("empty")

    @service.resource("empty://{name}")
    def nothing(name: str) -> None:
        """Find nothing."""

    async with open_client(service) as client, client.mcp(mode=mode) as mcp:
        for uri in ("nowhere://", "empty://x"):
            with pytest.raises(MCPError) as refused:
                await mcp.read_resource(uri)
            assert refused.value.error.code == code
            assert refused.value.error.data["uri"] == uri
        assert [record.outcome for record in client.calls] == ["refused", "ok"]


@ERAS
async def test_what_fails_is_an_error_with_its_trace(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        with pytest.raises(MCPError, match="no such room") as failed:
            await mcp.read_resource("travel://london/x")
        assert failed.value.error.code == -31001
        assert failed.value.error.data["kind"] == "tool_error"
        assert failed.value.error.data["micro/trace_id"] == client.calls[-1].trace_id
        with pytest.raises(MCPError, match="`city` is missing") as bad:
            await mcp.get_prompt("travel_plan", {})
        assert bad.value.error.code == -32602


@ERAS
async def test_a_prompt_is_got_by_either_name(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        for name in ("travel_plan", "travel.plan"):
            got = await mcp.get_prompt(name, {"city": "paris", "style": "cheap"})
            assert got.description == "Plan a trip."
            (message,) = got.messages
            assert message.content.model_dump()["text"] == "Plan a cheap trip to paris"
        with pytest.raises(MCPError, match="Did you mean `travel_plan`"):
            await mcp.get_prompt("travel_pla", {})


@ERAS
async def test_arguments_are_completed(mode: Any):
    plan = PromptReference(name="travel_plan")
    room = ResourceTemplateReference(uri="travel://{city}/{room}")
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:

        async def values(ref: Any, name: str, value: str, known: Any = None) -> list[str]:
            argument = {"name": name, "value": value}
            return (await mcp.complete(ref, argument, known)).completion.values

        assert await values(plan, "city", "l") == ["london"]
        assert await values(plan, "style", "C") == ["cheap"]
        assert await values(plan, "nothing", "") == []
        assert await values(room, "room", "", {"city": "paris"}) == ["louvre"]
        assert {record.tool for record in client.calls} == {
            "travel.plan.complete",
            "travel.room.complete",
        }
        with pytest.raises(MCPError, match="There is no prompt 'x'"):
            await values(PromptReference(name="x"), "a", "")


async def test_what_a_caller_may_not_use_it_does_not_see():
    async with open_client(travel(), scopes=["other"]) as client:
        gateway = client._serving.runtime.gateway  # pyright: ignore[reportPrivateUsage]
        caller = client._caller  # pyright: ignore[reportPrivateUsage]
        listed = [member.spec.name for member in await gateway.list_members("resource", caller)]
        assert listed == ["cities", "room"]
        listed = [member.spec.name for member in await gateway.list_members("prompt", caller)]
        assert listed == ["plan"]


async def test_long_lists_come_in_pages():
    service = Service("many")
    for number in range(PAGE + 1):
        service.resource(f"many://{number:04}", name=f"r{number:04}")(lambda: "x")
        service.prompt(name=f"p{number:04}")(lambda: "x")
    async with open_client(service) as client, client.mcp() as mcp:
        first = await mcp.list_resources()
        second = await mcp.list_resources(cursor=first.next_cursor)
        assert (len(first.resources), len(second.resources)) == (PAGE, 1)
        assert second.next_cursor is None
        page = await mcp.list_prompts(cursor=(await mcp.list_prompts()).next_cursor)
        assert [prompt.name for prompt in page.prompts] == [f"many_p{PAGE:04}"]
        with pytest.raises(MCPError, match="This cursor was not given out here"):
            await mcp.list_prompts(cursor="x")


@ERAS
async def test_all_of_it_is_promised(mode: Any):
    async with open_client(travel()) as client, client.mcp(mode=mode) as mcp:
        able = mcp.server_capabilities
        assert able.resources is not None
        assert able.prompts is not None
        assert (able.resources.subscribe, able.resources.list_changed) == (True, True)
        assert able.prompts.list_changed is True
        assert able.completions is not None
        assert able.logging is not None


HALVES: list[tuple[str, dict[str, Any]]] = [
    ("prompts/get", {"name": "travel_plan", "arguments": {"city": "\ud800"}}),
    (
        "completion/complete",
        {
            "ref": {"type": "ref/prompt", "name": "travel_plan"},
            "argument": {"name": "city", "value": "\ud800"},
        },
    ),
]


@pytest.mark.parametrize(("method", "params"), HALVES)
async def test_what_is_no_text_is_refused_in_words(method: str, params: dict[str, Any]):
    headers = [*modern(method, params.get("name", "")).items(), ("host", "localhost")]
    headers.append(("content-type", "application/json"))
    body = json.dumps(request(method, params | {"_meta": MODERN})).encode()
    async with open_client(travel()) as client:
        endpoint = client._serving.endpoint  # pyright: ignore[reportPrivateUsage]
        async with endpoint.running():
            answer = await post(HttpApp(endpoint, access=Access()), body, headers)
    assert (answer.status, answer.body["error"]["code"]) == (400, -32602)
    assert "half of a surrogate pair" in answer.body["error"]["message"]
