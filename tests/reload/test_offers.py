"""Resources, prompts and questions of code that runs in the host process, and its reloads."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import CreateMessageResult, ElicitResult, PromptReference, TextContent

from micro.events import ListChanged, ResourceUpdated
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.protocol.memory import connect_memory
from reload.harness import DEADLINE, Served, serving

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])

FILES = {
    "travel.py": """
        import time
        from micro import Context, Elicit, Sample, Service

        travel = Service("travel")

        @travel.resource("travel://cities")
        def cities() -> str:
            return "london"

        @travel.resource("travel://{city}/photo", mime_type="image/png")
        async def photo(city: str) -> bytes:
            return city.encode()

        @travel.prompt(complete={"city": lambda typed: [typed + "don"]})
        async def plan(city: str, ctx: Context) -> str:
            return f"Plan {city} in {ctx.door}"

        @travel.tool(timeout=1)
        async def book(ctx: Context) -> str:
            ctx.log.warning("asking")
            name, poem = await ctx.ask(Elicit("Name?", str), Sample("A poem"))
            return f"{poem.text} for {name.value}"

        @travel.tool
        async def nested(ctx: Context) -> str:
            return await ctx.call("travel.book")

        @travel.tool(timeout=30)
        async def both(ctx: Context) -> str:
            return await ctx.call("travel.book") + "!"

        @travel.tool
        def changed() -> None:
            travel.updated("travel://cities")
    """
}


class User:
    """Answers slowly enough to be late, were time not to stand still."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def elicit(self, context: Any, params: Any) -> ElicitResult:
        await anyio.sleep(1.4)
        return ElicitResult(action="accept", content={"value": "Ada"})

    async def sample(self, context: Any, params: Any) -> CreateMessageResult:
        content = TextContent(type="text", text="roses")
        return CreateMessageResult(role="assistant", content=content, model="m")

    async def log(self, params: Any) -> None:
        self.lines.append(f"{params.level} {params.logger}: {params.data}")

    @property
    def callbacks(self) -> dict[str, Any]:
        return {
            "elicitation_callback": self.elicit,
            "sampling_callback": self.sample,
            "logging_callback": self.log,
        }


@asynccontextmanager
async def connected(
    root: Path, mode: Any, **callbacks: Any
) -> AsyncGenerator[tuple[Served, Client]]:
    async with serving(root, FILES) as served:
        endpoint = McpEndpoint(
            served.runtime.gateway, served.runtime.bus, identity=Identity(name="test")
        )
        async with endpoint.running(), connect_memory(endpoint, mode=mode, **callbacks) as client:
            yield served, client


def text(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


@ERAS
async def test_the_host_reads_gets_and_completes(tmp_path: Path, mode: Any):
    async with connected(tmp_path, mode) as (_, client):
        (cities,) = (await client.read_resource("travel://cities")).contents
        (photo,) = (await client.read_resource("travel://rome/photo")).contents
        assert (cities.model_dump()["text"], photo.model_dump()["blob"]) == ("london", "cm9tZQ==")
        got = await client.get_prompt("travel_plan", {"city": "Rome"})
        assert got.messages[0].content.model_dump()["text"] == "Plan Rome in memory"
        asked = {"name": "city", "value": "lon"}
        completed = await client.complete(PromptReference(name="travel_plan"), asked)
        assert completed.completion.values == ["london"]


@ERAS
async def test_code_in_the_host_asks_and_its_deadline_waits(tmp_path: Path, mode: Any):
    async with connected(tmp_path, mode, **User().callbacks) as (_, client):
        results: list[str] = []

        async def call(tool: str) -> None:
            results.append(text(await client.call_tool(tool, {})).rstrip("!"))

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                for tool in ("travel_book", "travel_nested", "travel_both"):
                    tasks.start_soon(call, tool)
        assert results == ["roses for Ada"] * 3


async def test_what_the_host_logs_reaches_the_client_that_asked_for_it(tmp_path: Path):
    user = User()
    async with connected(tmp_path, "auto", log_level="info", **user.callbacks) as (_, client):
        await client.call_tool("travel_book", {})
    assert set(user.lines) == {"warning travel.book: asking"}


async def test_a_client_that_leaves_ends_the_question(tmp_path: Path):
    asked = anyio.Event()

    async def never(context: Any, params: Any) -> ElicitResult:
        asked.set()
        await anyio.sleep_forever()
        raise AssertionError

    callbacks = User().callbacks | {"elicitation_callback": never}
    async with connected(tmp_path, "legacy", **callbacks) as (served, client):
        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.call_tool, "travel_book", {})
                await asked.wait()
                tasks.cancel_scope.cancel()
        assert await served.call("travel.changed") == {}


async def test_a_save_changes_the_lists_that_it_changes(tmp_path: Path):
    async with serving(tmp_path, FILES) as served:
        served.edit("travel.py", "london", "paris")
        await served.until(lambda: served.loaded("travel"))
        assert not served.of(ListChanged)
        served.edit("travel.py", "travel://cities", "travel://towns")
        await served.until(lambda: len(served.of(ListChanged)) == 1)
        assert served.of(ListChanged)[-1].kind == "resource"
        served.edit("travel.py", "def plan", "def scheme")
        await served.until(lambda: len(served.of(ListChanged)) == 2)
        assert (served.of(ListChanged)[-1].kind, served.list_changes) == ("prompt", 0)
        changes = [change for event in served.loaded("travel") for change in event.changes]
        assert "travel.cities: has another uri — BREAKING" in changes
        assert "travel.scheme — added" in changes


async def test_a_service_says_that_a_resource_changed(tmp_path: Path):
    async with serving(tmp_path, FILES) as served:
        await served.call("travel.changed")
        await served.until(lambda: served.of(ResourceUpdated))
        assert [event.uri for event in served.of(ResourceUpdated)] == ["travel://cities"]


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
@ERAS
async def test_who_watches_a_resource_hears_of_saves_and_of_what_the_service_says(
    tmp_path: Path, mode: Any
):
    heard: list[str] = []
    some = anyio.Event()

    def hear(uri: str) -> None:
        nonlocal some
        heard.append(uri)
        some.set()
        some = anyio.Event()

    async def handle(message: Any) -> None:
        updated = getattr(message, "method", "") == "notifications/resources/updated"
        if updated and mode == "legacy":
            hear(str(message.params.uri))

    async with connected(tmp_path, mode, message_handler=handle) as (served, client):

        async def change() -> None:
            served.edit("travel.py", "london", "paris")
            while len(heard) < 1:
                await some.wait()
            await client.call_tool("travel_changed", {})
            while len(heard) < 2:
                await some.wait()

        with anyio.fail_after(DEADLINE):
            if mode == "legacy":
                await client.subscribe_resource("travel://cities")
                await change()
                await client.unsubscribe_resource("travel://cities")
            else:
                uris = ["travel://cities", "travel://nothing"]
                async with (
                    client.listen(resource_subscriptions=uris) as events,
                    anyio.create_task_group() as tasks,
                ):

                    async def listen() -> None:
                        async for event in events:
                            hear(getattr(event, "uri", ""))

                    tasks.start_soon(listen)
                    await change()
                    tasks.cancel_scope.cancel()
        assert heard == ["travel://cities"] * 2
        (cities,) = (await client.read_resource("travel://cities")).contents
        assert cities.model_dump()["text"] == "paris"
