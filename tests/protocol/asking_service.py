"""A service with all that can be offered and asked, for the tests of the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import anyio

from micro import Context, Elicit, Sample, Service, ToolError

ROOM = {"london": ["tower", "temple"], "paris": ["louvre"]}


@dataclass
class Trip:
    """Where somebody goes."""

    city: str
    nights: int = 2
    style: Literal["cheap", "fine"] = "fine"


def travel() -> Service:
    service = Service("travel", version="1")

    @service.tool
    async def book(ctx: Context, to: str = "") -> str:
        """Book a trip, once the user has said where to."""
        answer = await ctx.elicit(f"Where to? {to}", Trip)
        if answer.value is None:
            return answer.action
        return f"{answer.value.nights} {answer.value.style} nights in {answer.value.city}"

    @service.tool
    async def interview(ctx: Context) -> str:
        """Ask one thing after the other."""
        name = await ctx.elicit("Name?", str)
        age = await ctx.elicit("Age?", int)
        return f"{name.value} is {age.value}"

    @service.tool
    async def both(ctx: Context) -> str:
        """Ask the user and the model at once."""
        name, poem = await ctx.ask(Elicit("Name?", str), Sample("A poem", max_tokens=9))
        return f"{poem.text} for {name.value}"

    @service.tool
    async def together(ctx: Context) -> str:
        """Ask two things in two tasks."""
        found: dict[str, Any] = {}

        async def ask(what: str) -> None:
            found[what] = (await ctx.elicit(what, str)).value

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "a?")
            tasks.start_soon(ask, "b?")
        return f"{found['a?']} {found['b?']}"

    @service.tool
    async def careful(ctx: Context) -> str:
        """Catch every exception."""
        try:
            return f"said {(await ctx.elicit('Name?', str)).value}"
        except Exception as error:
            return f"caught {type(error).__name__}"

    @service.tool
    def threaded(ctx: Context) -> str:
        """Ask from a worker thread."""
        return f"said {anyio.from_thread.run(ctx.elicit, 'Name?', str).value}"

    @service.tool
    async def nested(ctx: Context) -> str:
        """Let another tool ask."""
        return await ctx.call("travel.book", to="nested")

    @service.tool(timeout=30)
    async def hurried(ctx: Context) -> str:
        """Ask within a deadline."""
        return f"said {(await ctx.elicit('Name?', str)).value}"

    @service.tool
    async def where(ctx: Context) -> list[str]:
        """Say which folders the client works on."""
        return [root.uri for root in await ctx.roots()]

    @service.tool
    async def pay(ctx: Context) -> bool:
        """Open a page for the payment."""
        return await ctx.open_url("Pay there", "https://pay.example/7")

    @service.tool
    async def log(ctx: Context) -> str:
        """Log lines of every level."""
        ctx.log.info("an info")
        ctx.log.warning("a warning")
        ctx.log.error("an error")
        return "done"

    @service.resource("travel://cities", title="Cities")
    def cities() -> str:
        """List every city."""
        return "\n".join(ROOM)

    @service.resource(
        "travel://{city}/{room}", complete={"room": lambda typed, known: _rooms(known)}
    )
    def room(city: Literal["london", "paris"], room: str) -> dict[str, str]:
        """Describe a room."""
        if room not in ROOM[city]:
            raise ToolError("there is no such room")
        return {"city": city, "room": room}

    @service.resource("travel://secret", scopes=["spy"])
    def secret() -> bytes:
        """Show a secret."""
        return b"\x00\x01"

    @service.prompt(complete={"city": _cities})
    def plan(city: str, style: Literal["cheap", "fine"] = "fine") -> str:
        """Plan a trip.

        Args:
            city: Where to.
        """
        return f"Plan a {style} trip to {city}"

    @service.prompt(scopes=["spy"])
    async def briefing(ctx: Context) -> str:
        """Brief a spy."""
        return f"Your name is {(await ctx.elicit('Name?', str)).value}"

    return service


async def _cities(typed: str) -> list[str]:
    return [city for city in ROOM if city.startswith(typed)]


def _rooms(known: dict[str, str]) -> list[str]:
    return ROOM.get(known.get("city", ""), [])
