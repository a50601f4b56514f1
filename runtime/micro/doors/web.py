"""Runs uvicorn on sockets that are bound already, as one task among others.

uvicorn's own signal handling and logging set-up stay off: the runtime has its own. Knows nothing of
the application beyond that it can end its streams.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

import anyio
import uvicorn
from anyio.abc import TaskStatus

from micro.doors.asgi import WebApp
from micro.doors.listen import BACKLOG
from micro.protocol.endpoint import MESSAGE_LIMIT

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

STOP_TIMEOUT = 3.0
"""Seconds that requests have to end once the server is told to stop."""

STALLED = 0.5
"""Seconds that a client may read nothing of what it is owed while the server stops."""

KEEP_ALIVE = 30
"""Seconds that an idle connection is kept."""


async def serve_web(
    app: WebApp,
    sockets: Sequence[socket.socket],
    *,
    stop_timeout: float = STOP_TIMEOUT,
    tls: ssl.SSLContext | None = None,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve HTTP until cancelled; ``task_status`` tells when connections are taken.

    With ``tls`` it is HTTPS. Once cancelled it takes no more connections, ends streams, gives the
    requests in flight ``stop_timeout`` seconds, and cancels what is left. The sockets are closed
    then.
    """
    server = _Server(_config(app, stop_timeout, tls))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run_shielded, list(sockets))
        try:
            await server.taking.wait()
            task_status.started()
            await anyio.sleep_forever()
        finally:
            app.end_streams()
            server.stop()


def _config(app: WebApp, stop_timeout: float, tls: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        cast("ASGI3Application", app),
        interface="asgi3",
        http=_http(app),
        lifespan="off",
        backlog=BACKLOG,
        ws="websockets-sansio",
        ws_max_size=MESSAGE_LIMIT,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=math.ceil(stop_timeout),
        ssl_context_factory=None if tls is None else lambda config, default: tls,
    )


def _http(app: WebApp) -> type[asyncio.Protocol] | Literal["auto"]:
    """Give the protocol with the short way where that is known to work, else uvicorn's choice."""
    if not hasattr(app, "direct"):
        return "auto"
    try:
        from micro.doors.wire import DirectProtocol, is_known
    except ImportError:  # no httptools, or a uvicorn that is made otherwise
        return "auto"
    return DirectProtocol if is_known() else "auto"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.taking = anyio.Event()
        self._stopping = anyio.Event()

    def stop(self) -> None:
        """Begin to stop."""
        self.should_exit = True
        self._stopping.set()

    async def run_shielded(self, sockets: list[socket.socket]) -> None:
        """Run until ``stop``: a cancelled uvicorn would leave its connections behind."""
        with anyio.CancelScope(shield=True):
            await self.serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, but wait for nobody who does not read."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._give_up_stalled)
            await super().shutdown(sockets)
            tasks.cancel_scope.cancel()

    async def _give_up_stalled(self) -> None:
        while True:
            before = self._owed()
            await anyio.sleep(STALLED)
            for transport, size in self._owed().items():
                if size >= before.get(transport, math.inf):
                    transport.abort()

    def _owed(self) -> dict[asyncio.Transport, int]:
        """Give how many bytes wait for each client."""
        transports = [connection.transport for connection in self.server_state.connections]
        sizes = {transport: transport.get_write_buffer_size() for transport in transports}
        return {transport: size for transport, size in sizes.items() if size}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when connections are taken."""
        await super().startup(sockets)
        self.taking.set()

    async def main_loop(self) -> None:
        """Look after the server every second, and end when it is stopped.

        uvicorn's own looks ten times a second whether it is to stop, on an idle machine too.
        """
        while not await self.on_tick(0):
            for connection in tuple(self.server_state.connections):
                if look := getattr(connection, "look", None):
                    look(connection.loop.time())
            with anyio.move_on_after(1):
                await self._stopping.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, Any, None]:
        """Leave the process's signal handlers alone."""
        yield
