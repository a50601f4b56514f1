"""Listeners without a door, and an ear that keeps what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import msgspec

from micro import Service
from micro.calls import Caller
from micro.events import EventBus
from micro.protocol.identity import Identity
from micro.protocol.listeners import Listeners
from micro.protocol.listenrequest import ListenRequest, read_listen
from micro.serving import Serving
from patience import DEADLINE
from protocol.heard import listen, make_service

ANYBODY = Caller(door="http")


@asynccontextmanager
async def running(listeners: Listeners, period: float = 60.0) -> AsyncGenerator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listeners.run, period)
        yield
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def open_listeners(
    service: Service | None = None, *, period: float = 60.0, **most: int
) -> AsyncGenerator[tuple[Listeners, EventBus]]:
    """Give the listeners of a service, told while this lasts, and their bus."""
    serving = Serving(service or make_service())
    bus = serving.runtime.bus
    identity = Identity(name="demo", version="1.2.3")
    async with serving.started():
        listeners = Listeners(serving.runtime.gateway, bus, identity, **most)
        async with running(listeners, period):
            yield listeners, bus


def asked(wanted: object = None, *, id: Any = 1) -> ListenRequest:
    request = read_listen(json.dumps(listen(wanted, id=id)).encode())
    assert request is not None
    return request


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.last: Any = None
        self.nudges = 0
        self._changed = anyio.Event()

    def tell(self, messages: Sequence[bytes]) -> None:
        self.told += map(msgspec.json.decode, messages)
        self._changed.set()

    def end(self, message: bytes) -> None:
        self.last = msgspec.json.decode(message)
        self._changed.set()

    def nudge(self) -> None:
        self.nudges += 1
        self._changed.set()

    async def until(self, told: int = 0, *, nudges: int = 0) -> None:
        with anyio.fail_after(DEADLINE):
            while len(self.told) < told or self.nudges < nudges:
                await self._changed.wait()
                self._changed = anyio.Event()
