"""Starts and stops what serves with the server that the application runs on (ASGI's lifespan)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.types import Receive, Send

Lifespan = Callable[[], AbstractAsyncContextManager[Any]]


async def follow(lifespan: Lifespan, receive: Receive, send: Send) -> None:
    """Run what ``lifespan`` gives from the server's start to its end, and tell how each went.

    Raises:
        Exception: What kept it from starting or stopping; the server was told.
    """
    phase = "startup"
    await receive()
    try:
        async with lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
            phase = "shutdown"
    except Exception as error:
        await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
