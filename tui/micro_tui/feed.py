"""Where the dashboard's news come from: the control of a runtime, polled by the screen.

Nothing here draws; a feed only queues what it hears until it is asked.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Protocol

import anyio
import msgspec

from micro.control import Batch, Called, ControlClient, RuntimeLost, connect_control
from micro.control.over_web import Elsewhere, connect_over_web
from micro.errors import MicroError
from micro.snapshots import CallDetail, NumberedRecord, Snapshot
from micro.stores.chain import Verdict
from micro_tui.records import Records

RETRY_INTERVAL = 0.05
"""Seconds between two tries to find the runtime."""

FAR_INTERVAL = 2.0
"""The same, where it is on another machine."""

BEAT = 1.0
"""Seconds between two questions whether it answers, and those that an answer may take.

Five times as long where it is on another machine.
"""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime went away at ``time``; the feed looks for it."""

    time: float


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the runtime answers: ``silent_since`` is ``None`` if it does."""

    silent_since: float | None


News = Snapshot | Batch | Lost | Beat
"""A snapshot comes first, and again each time that the runtime is found again."""


class Feed(Records, Protocol):
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

    async def call(
        self, tool: str, arguments: str, *, subject: str = "local", scopes: Sequence[str] = ("*",)
    ) -> Called:
        """Call a tool as anybody; ``arguments`` is the JSON text of an object."""
        ...

    async def reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        ...

    async def decide(self, call: int, *, allowed: bool) -> None:
        """Let a call that waits go on, or not."""
        ...


class ControlFeed:
    """A feed from a runtime's control. It connects again, for ever, when the runtime is gone."""

    def __init__(
        self,
        where: Path | Elsewhere,
        *,
        clock: Callable[[], float] = time.time,
        beat: float = BEAT,
    ) -> None:
        self._where = where
        self._beat = beat if isinstance(where, Path) else 5 * beat
        self._clock = clock
        self._news: list[News] = []
        self._client: ControlClient | None = None

    async def run(self) -> None:
        """Connect and listen; whatever ends the connection, begin again."""
        while True:
            try:
                async with self._connection() as client:
                    await self._listen(client)
            except MicroError:
                pass
            await anyio.sleep(RETRY_INTERVAL if isinstance(self._where, Path) else FAR_INTERVAL)

    def _connection(self) -> AbstractAsyncContextManager[ControlClient]:
        if isinstance(self._where, Path):
            return connect_control(self._where)
        return connect_over_web(self._where)

    async def _listen(self, client: ControlClient) -> None:
        snapshot = await client.watch()
        self._client = client
        self._news.append(snapshot)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._ask, client)
                async for batch in client.batches():
                    self._news.append(batch)
                tasks.cancel_scope.cancel()
        finally:
            self._client = None
            self._news.append(Lost(time=self._clock()))

    async def _ask(self, client: ControlClient) -> None:
        """Find out whether the runtime does anything, and tell when that changes."""
        silent: float | None = None
        while True:
            await anyio.sleep(self._beat)
            asked = self._clock()
            with anyio.move_on_after(self._beat) as waiting, suppress(MicroError):
                await client.detail(0)
            late = waiting.cancelled_caught
            if late != (silent is not None):
                silent = asked if late else None
                self._news.append(Beat(silent_since=silent))

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

    async def call(
        self, tool: str, arguments: str, *, subject: str = "local", scopes: Sequence[str] = ("*",)
    ) -> Called:
        """Call a tool by the dashboard's door, for anybody."""
        return await self._connected().call(
            tool,
            arguments,
            door="dashboard",
            client="dashboard",
            subject=subject,
            scopes=tuple(scopes),
        )

    async def records(self, after: int = 0) -> Sequence[NumberedRecord]:
        """Give audit records that came after the one of a number, or the newest if it is 0."""
        return await self._connected().records(after)

    async def verify(self) -> Verdict:
        """Follow the chain of audit records, where they are kept."""
        return await self._connected().verify()

    async def reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        await self._connected().reload(service)

    async def decide(self, call: int, *, allowed: bool) -> None:
        """Let a call that waits go on, or not, in the name of who sits here."""
        await self._connected().decide(call, allowed=allowed, by=getpass.getuser())
