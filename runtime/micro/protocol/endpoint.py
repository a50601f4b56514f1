"""MCP for one gateway, there from the first moment: the SDK behind it loads when it is needed.

Doors hold this. Importing the SDK costs more than a second of CPU, so it happens in a thread: as
soon as a message comes that the fast lane leaves alone, or a moment after a client introduced
itself, since most go on to ask for what the SDK answers. Imports nothing of the SDK itself.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from micro.calls import Caller
from micro.errors import MicroError
from micro.events import EventBus
from micro.gateway.gateway import Gateway
from micro.protocol.connections import Connections
from micro.protocol.fast import FastLane
from micro.protocol.fasthttp import FastHttp
from micro.protocol.identity import Identity
from micro.protocol.lines import serve_lines
from micro.protocol.listeners import Listeners
from micro.protocol.listening import ListenHttp
from micro.protocol.news import News
from micro.protocol.older import OlderHttp
from micro.protocol.outbox import SendLines
from micro.protocol.sessions import HttpSessions
from micro.system.program import keep_what_stands

if TYPE_CHECKING:
    from micro.protocol.serving import Serving

MESSAGE_LIMIT = 4 * 1024 * 1024
"""Bytes of one message from a client, by whatever door."""

LOAD_AFTER = 0.5
"""Seconds after which the SDK is loaded for a client that has not needed it yet."""


class NotRunning(MicroError):
    """A request came while nothing ran that could answer it."""


class McpEndpoint:
    """What doors hold of MCP. Serves within ``running``, any number of times, one at a time."""

    def __init__(self, gateway: Gateway, bus: EventBus, *, identity: Identity) -> None:
        self._bus = bus
        self._serving: Serving | None = None
        self._loaded: anyio.Event | None = None
        self.gateway = gateway
        self.identity = identity
        self.connections = Connections(bus)
        self._news = News(bus)
        self.lane = FastLane(gateway, identity, self._meet)
        self._listeners = Listeners(gateway, bus, identity)
        self.listening = ListenHttp(self._listeners, self.connections)
        self._begin()

    def _begin(self) -> None:
        """Make anew what belongs to one run."""
        self._met, self._needed = anyio.Event(), anyio.Event()
        self.sessions = HttpSessions(self.connections)
        self.fast_http = FastHttp(self.lane, self.sessions)
        self.older = OlderHttp(self.lane, self.sessions)

    @property
    def is_running(self) -> bool:
        """Whether requests are answered, be it after a wait."""
        return self._loaded is not None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve within this context, which is entered at once."""
        self._begin()
        self._loaded = anyio.Event()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._run, self._loaded)
                tasks.start_soon(self.fast_http.long_calls.run)
                tasks.start_soon(self.sessions.run)
                tasks.start_soon(self._listeners.run)
                try:
                    with self._news.told(self.sessions.tell):
                        yield
                finally:
                    tasks.cancel_scope.cancel()
        finally:
            self._loaded = self._serving = None

    async def serving(self) -> Serving:
        """Give the running server, once it is loaded.

        Raises:
            NotRunning: The endpoint is not within ``running``.
        """
        if self._loaded is not None:
            self._met.set()
            self._needed.set()
            await self._loaded.wait()
        if self._serving is None:
            raise NotRunning("the runtime is not running", mend="start it before the doors")
        return self._serving

    async def serve_lines(
        self, lines: AsyncIterator[bytes | None], send: SendLines, *, caller: Caller
    ) -> None:
        """Serve one client that sends a message a line, until its lines end.

        Args:
            lines: Without their newlines; ``None`` is one that was too long.
            send: Takes whole lines; raises ``anyio.BrokenResourceError`` once the client is gone.
            caller: Who calls, by which door.

        Raises:
            SlowReader: The client does not read what it is told.
        """
        with self.connections.opened(caller) as connection:
            await serve_lines(
                lines,
                send,
                lane=self.lane,
                serving=self.serving,
                connection=connection,
                news=self._news,
                listeners=self._listeners,
            )

    def end_streams(self) -> None:
        """Let clients that wait for changes know that nothing more will come."""
        self._listeners.end()
        self.older.end_streams()
        if self._serving is not None:
            self._serving.end_streams()

    def _meet(self) -> None:
        self._met.set()

    async def _run(self, loaded: anyio.Event) -> None:
        keep_what_stands()
        await self._met.wait()
        with anyio.move_on_after(LOAD_AFTER):
            await self._needed.wait()
        module = await anyio.to_thread.run_sync(
            importlib.import_module, "micro.protocol.serving", abandon_on_cancel=True
        )
        serving: Serving = module.Serving(
            self.gateway,
            self._bus,
            identity=self.identity,
            connections=self.connections,
            sessions=self.sessions,
        )
        async with serving.run():
            self._serving = serving
            loaded.set()
            keep_what_stands()
            await anyio.sleep_forever()
