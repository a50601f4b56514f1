"""Servers of micro for ``pipeline``: with all of the gateway's stages, and with none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micro.doors.http import HttpApp

Opened = Callable[[], AbstractAsyncContextManager["HttpApp"]]


@asynccontextmanager
async def micro_full() -> AsyncGenerator[HttpApp]:
    """Give a micro service with everything on: token, scope, limits, both stores in SQLite."""
    from bench.pipelines import everything
    from micro.doors.http import HttpApp

    async with everything() as whole:
        app = HttpApp(whole.serving.endpoint)
        async with app.lifespan():
            yield app


@asynccontextmanager
async def micro_stageless() -> AsyncGenerator[HttpApp]:
    """Give a micro service whose gateway has no stage at all, which nobody should serve."""
    from bench.pipelines import gateway
    from micro.doors.http import HttpApp
    from micro.events import EventBus
    from micro.protocol.endpoint import McpEndpoint
    from micro.protocol.identity import Identity

    async with gateway() as found:
        app = HttpApp(McpEndpoint(found, EventBus(), identity=Identity(name="bench")))
        async with app.lifespan():
            yield app


STAGED: dict[str, Opened] = {
    "micro_full": micro_full,
    "micro_stageless": micro_stageless,
}
