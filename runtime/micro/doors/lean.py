"""Parts of uvicorn's connections that hold next to nothing while nobody waits for them.

An event and a queue take 700 bytes each and a parser 900, also where they stand for nothing: with
ten thousand connections that is a seventh of what a server holds. For those versions of uvicorn
alone that ``wire`` knows.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl

Address = tuple[str, int | None] | None


class Unheard:
    """In place of an event for which nobody waits."""

    def set(self) -> None:
        """Do nothing."""


UNHEARD = Unheard()


class Waiting(list[Any]):
    """In place of a queue of requests, of which there are few: a list."""

    __slots__ = ()

    def appendleft(self, item: Any) -> None:
        """Put an item at the end that is taken from last."""
        self.insert(0, item)


class PartWriter:
    """Writes parts of a response that is a stream past ASGI, once that has begun."""

    __slots__ = ("_flow", "_transport")

    def __init__(self, transport: asyncio.Transport, flow: FlowControl) -> None:
        self._transport = transport
        self._flow = flow

    def __call__(self, part: bytes) -> bool:
        """Write a part; false, and nothing done, if the client has yet to read what it was sent."""
        if self._flow.write_paused:
            return False
        if not self._transport.is_closing():
            self._transport.write(b"%x\r\n%b\r\n" % (len(part), part))
        return True


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


def parser_of(protocol: object) -> httptools.HttpRequestParser:
    """Give a parser as uvicorn has one for each connection; it calls the protocol back."""
    parser = httptools.HttpRequestParser(protocol)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


@lru_cache(maxsize=64)
def shared(address: Address) -> Address:
    """Give the one that is equal: all connections to a socket came to the same address."""
    return address
