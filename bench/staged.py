"""Servers of micro for ``pipeline``: with all of the gateway's stages, and with none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

APP = Callable[..., Any]


def micro_full() -> APP:
    """Give a micro service with everything on: token, scope, limits, both stores in SQLite."""
    from bench.pipelines import everything
    from micro.doors.http import HttpApp

    return _running(everything(), lambda whole: HttpApp(whole.serving.endpoint))


def micro_stageless() -> APP:
    """Give a micro service whose gateway has no stage at all, which nobody should serve."""
    from bench.pipelines import gateway
    from micro.doors.http import HttpApp
    from micro.events import EventBus
    from micro.protocol.endpoint import McpEndpoint
    from micro.protocol.identity import Identity

    def app(found: Any) -> HttpApp:
        return HttpApp(McpEndpoint(found, EventBus(), identity=Identity(name="bench")))

    return _running(gateway(), app)


def _running(context: Any, make: Callable[[Any], Any]) -> APP:
    """Give an application that is made of what a context gives, which is open while it serves."""
    made: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await made[0](scope, receive, send)
            return
        await receive()
        async with context as given:
            made.append(make(given))
            async with made[0].lifespan():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


STAGED: dict[str, Callable[[], APP]] = {
    "micro_full": micro_full,
    "micro_stageless": micro_stageless,
}
