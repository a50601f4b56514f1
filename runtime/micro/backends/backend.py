"""What a runtime asks of the place where its tools' code runs, whichever that is."""

from __future__ import annotations

from typing import Protocol

import anyio

from micro.snapshots import HostView


class Backend(Protocol):
    """Where the code of the tools runs."""

    @property
    def hosts(self) -> tuple[HostView, ...]:
        """The processes that run it, as they are now."""
        ...

    async def run(self, ready: anyio.Event) -> None:
        """Keep the tools in the registry until cancelled; set ``ready`` once they are there."""
        ...

    async def reload_service(self, service: str) -> None:
        """Load a service again, or all if the name is empty."""
        ...

    async def catch_up(self) -> None:
        """Wait until what was saved before now is served."""
        ...
