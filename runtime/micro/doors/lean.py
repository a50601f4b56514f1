"""Parts of uvicorn's connections that hold next to nothing while nobody waits for them.

An event and a queue take 700 bytes each, also where they stand for nothing: with ten thousand
connections that is a tenth of what a server holds. For those versions of uvicorn alone that
``wire`` knows.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from uvicorn.protocols.http.flow_control import FlowControl

T = TypeVar("T")


class Unheard:
    """In place of an event for which nobody waits."""

    def set(self) -> None:
        """Do nothing."""


UNHEARD = Unheard()


class Waiting(list[T]):
    """In place of a queue of requests, of which there are few: a list."""

    def appendleft(self, item: T) -> None:
        """Put an item at the end that is taken from last."""
        self.insert(0, item)


class Flow(FlowControl):
    """Whether a client reads; it has an event only from when it does not."""

    def __init__(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportMissingSuperCall]
        self._transport = transport
        self.read_paused = self.write_paused = False
        self._writable: asyncio.Event | None = None

    async def drain(self) -> None:
        """Wait until the client reads."""
        if self._writable is not None:
            await self._writable.wait()

    def pause_writing(self) -> None:
        """Know that it does not read (asyncio calls this)."""
        self.write_paused = True
        if self._writable is None:
            self._writable = asyncio.Event()
        self._writable.clear()

    def resume_writing(self) -> None:
        """Know that it reads again (asyncio calls this)."""
        self.write_paused = False
        if self._writable is not None:
            self._writable.set()
