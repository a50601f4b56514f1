"""A tool asks the agent that spawned the bridge, through all that is between the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp_types import ElicitResult

from devtool.bridge.test_client import server
from devtool.harness import DEADLINE, dev

TRAVEL = '''
from micro import Context, Service

travel = Service("travel")


@travel.tool
async def book(ctx: Context) -> str:
    """Book a trip."""
    return f"a trip to {(await ctx.elicit('Where to?', str)).value}"


@travel.resource("travel://{city}")
def city(city: str) -> str:
    """Describe a city."""
    return city.title()
'''


async def elicit(context: Any, params: Any) -> ElicitResult:
    return ElicitResult(action="accept", content={"value": "Rome"})


async def test_an_agent_is_asked_through_the_bridge_in_either_era(tmp_path: Path):
    (tmp_path / "travel.py").write_text(TRAVEL)
    with dev(tmp_path) as running:
        running.event("service_loaded")
        for mode in ("auto", "legacy"):
            with anyio.fail_after(DEADLINE):
                spawned = Client(server(tmp_path), mode=mode, elicitation_callback=elicit)
                async with spawned as client:
                    booked = await client.call_tool("travel_book", {})
                    assert booked.structured_content == {"result": "a trip to Rome"}
                    (read,) = (await client.read_resource("travel://rome")).contents
                    assert read.model_dump()["text"] == "Rome"
