"""One load of a service: what the place where code runs makes of it, and how it is started."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import anyio

from micro.calls import Tool
from micro.errors import DeclarationError
from micro.events import (
    LoadError,
    LogWritten,
    ProblemFound,
    ServiceFailed,
    ServiceLoaded,
    ServiceRemoved,
)
from micro.registry.discovery import Source
from micro.services.service import Service

START_TIMEOUT = 10.0
"""Seconds that a service's start hooks may take."""
DRAIN_TIMEOUT = 30.0
"""Seconds that calls may go on in an old generation before it is stopped."""


class Generation(Protocol):
    """One load of a service, as the place where its code runs makes it."""

    @property
    def service(self) -> Service:
        """What was declared."""
        ...

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Its tools, ready to run."""
        ...

    async def start(self) -> None:
        """Run the start hooks."""
        ...

    async def hand_over(self) -> bytes | None:
        """Give what the next generation should know, packed; ``None`` if nothing."""
        ...

    async def take_over(self, packed: bytes | None) -> None:
        """Take what the last generation handed over."""
        ...

    async def drain(self) -> None:
        """Wait until no call runs in it."""
        ...

    async def stop(self) -> None:
        """Run the stop hooks."""
        ...


Make = Callable[[Service, int], Generation]
"""Makes a generation of a service, compiled but not started, with its number."""
Report = Callable[[ServiceLoaded | ServiceFailed | ServiceRemoved, tuple[Tool, ...]], None]
"""Told of every service that was loaded, failed or went away."""
Emit = Callable[[LogWritten | ProblemFound], None]
"""Told of what else the developer should see."""


Elsewhere = Callable[[Source], Awaitable[LoadError | None]]
"""Serves a file in a process of its own; gives why that does not work, if so."""


async def start(generation: Generation) -> None:
    """Run the start hooks, within a bound.

    Raises:
        DeclarationError: They took too long.
        Exception: Whatever a hook raised.
    """
    try:
        with anyio.fail_after(START_TIMEOUT):
            await generation.start()
    except TimeoutError as error:
        raise DeclarationError(
            f"the start hooks of {generation.service.name} took longer than {START_TIMEOUT:g} s",
            mend="begin long work in the background, or at the first call",
        ) from error


async def retire(generation: Generation) -> None:
    """Stop a generation once its calls have ended, or have had their time."""
    with anyio.move_on_after(DRAIN_TIMEOUT):
        await generation.drain()
    await generation.stop()
