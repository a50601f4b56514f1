"""Where the dashboard's news come from: the control socket of a runtime, polled by the screen.

Nothing here draws; a feed only queues what it hears until it is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import anyio
import msgspec

from micro.control import Batch, Called, ControlClient, RuntimeLost, connect_control
from micro.errors import MicroError
from micro.snapshots import CallDetail, Snapshot

RETRY_INTERVAL = 0.2
"""Seconds between two tries to find the runtime."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime went away at ``time``; the feed looks for it."""

    time: float


News = Snapshot | Batch | Lost
"""A snapshot comes first, and again each time that the runtime is found again."""


class Feed(Protocol):
    """What the dashboard asks of a runtime. Orders raise ``MicroError`` if they fail."""

    async def run(self) -> None:
        """Collect news until cancelled."""
        ...

    def poll(self) -> list[News]:
        """Give the news since the last time, at once."""
        ...

    async def snapshot(self) -> Snapshot:
        """Give the whole state now."""
        ...

    async def detail(self, call: int) -> CallDetail | None:
        """Give all that is kept of a call, ``None`` once it is forgotten."""
        ...

    async def call(self, tool: str, arguments: str) -> Called:
        """Call a tool; ``arguments`` is the JSON text of an object."""
        ...

    async def reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        ...


class ControlFeed:
    """A feed from a control socket. It connects again, for ever, when the runtime is gone."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._news: list[News] = []
        self._client: ControlClient | None = None

    async def run(self) -> None:
        """Connect and listen; whatever ends the connection, begin again."""
        while True:
            try:
                async with connect_control(self._path) as client:
                    await self._listen(client)
            except MicroError:
                pass
            await anyio.sleep(RETRY_INTERVAL)

    async def _listen(self, client: ControlClient) -> None:
        snapshot = await client.watch()
        self._client = client
        self._news.append(snapshot)
        try:
            async for batch in client.batches():
                self._news.append(batch)
        finally:
            self._client = None
            self._news.append(Lost(time=self._clock()))

    def poll(self) -> list[News]:
        """Give the news since the last time, at once."""
        news, self._news = self._news, []
        return news

    def _connected(self) -> ControlClient:
        if self._client is None:
            raise RuntimeLost("the runtime does not answer", mend="wait until it is back")
        return self._client

    async def snapshot(self) -> Snapshot:
        """Give the whole state now."""
        return await self._connected().snapshot()

    async def detail(self, call: int) -> CallDetail | None:
        """Give all that is kept of a call, ``None`` once it is forgotten."""
        return await self._connected().detail(call)

    async def call(self, tool: str, arguments: str) -> Called:
        """Call a tool as the dashboard."""
        return await self._connected().call(tool, arguments, door="dashboard", client="dashboard")

    async def reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        await self._connected().reload(service)
