"""Runs services in the runtime's own process: for library use, tests and production."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from time import perf_counter

import anyio

from micro.backends.lines import LineHandler
from micro.backends.local import LocalService
from micro.errors import MicroError, NameTaken, StartHookFailed
from micro.events import EventBus, LogWritten, ResourceUpdated, ServiceLoaded
from micro.registry.members import tool_names
from micro.registry.news import list_news
from micro.registry.registry import Registry
from micro.services.context import CallTool
from micro.services.service import Service
from micro.snapshots import HostView

STOP_TIMEOUT = 10.0
"""Seconds that a service's calls may go on, and its stop hooks take, once the runtime ends."""


class InProcessBackend:
    """Starts services in order, and stops them in reverse.

    Args:
        services: As declared; compiled here.
        registry: Where their tools are put.
        bus: Told of each.
        ask: Runs a call that a tool makes, through the gateway.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
    """

    def __init__(
        self, services: Sequence[Service], registry: Registry, *, bus: EventBus, ask: CallTool
    ) -> None:
        names = [service.name for service in services]
        for name in names:
            if names.count(name) > 1:
                raise NameTaken(f"two services are named {name!r}", mend="rename one of them")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._registry = registry
        self._bus = bus
        self._local = [
            LocalService(s, generation=1, root=None, call_tool=ask, updated=self._updated)
            for s in services
        ]

    @contextmanager
    def _lines_heard(self) -> Generator[None]:
        """Tell of what calls log, of all that the application's own settings let through."""
        handler = LineHandler(self._publish, calls_only=True)
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)

    def _publish(self, event: LogWritten | ResourceUpdated) -> None:
        """Tell the bus, from any thread; on its own at once, so that a call's lines precede it."""
        if self._loop is None or self._loop.is_closed():
            return
        if threading.get_ident() == self._thread:
            self._bus.publish(event)
        else:
            self._loop.call_soon_threadsafe(self._bus.publish, event)

    def _updated(self, service: str, uri: str) -> None:
        """Tell that a resource has other content; from any thread."""
        self._publish(ResourceUpdated(service=service, uri=uri))

    async def run(self, ready: anyio.Event) -> None:
        """Serve until cancelled; ``ready`` is set once every start hook has run."""
        async with self.serving():
            ready.set()
            await anyio.sleep_forever()

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Serve within this context. It starts no task, so a test fixture may hold it.

        Raises:
            StartHookFailed: A start hook raised; what had started is stopped.
            NameTaken: Tools of two services have one name on the wire.
        """
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        async with AsyncExitStack() as started:
            started.enter_context(self._lines_heard())
            for local in self._local:
                began = perf_counter()
                await _start(local)
                started.push_async_callback(_stop, local)
                self._serve(local, perf_counter() - began)
            yield

    @property
    def hosts(self) -> tuple[HostView, ...]:
        """This process."""
        return (HostView(pid=None, state="in-process"),)

    async def catch_up(self) -> None:
        """Return at once: nothing changes here."""

    async def reload_service(self, service: str) -> None:
        """Refuse: code in the runtime's own process stays as it is.

        Raises:
            MicroError: Always.
        """
        raise MicroError(
            "services that run in the runtime's own process are not reloaded",
            mend="serve the project with: micro dev",
        )

    def _serve(self, local: LocalService, took: float) -> None:
        service = local.service
        kinds = self._registry.swap({service.name: local.tools})
        for news in list_news(kinds, self._registry.catalogue):
            self._bus.publish(news)
        self._bus.publish(
            ServiceLoaded(
                service=service.name,
                generation=1,
                file=Path(service.file).name,
                tools=tool_names(local.tools),
                duration=took,
                version=service.version,
                description=service.description,
            )
        )


async def _start(local: LocalService) -> None:
    try:
        await local.start()
    except MicroError:
        raise
    except Exception as error:
        raise StartHookFailed(
            f"a start hook of {local.service.name} failed: {type(error).__name__}: {error}",
            mend="mend the hook, or what it needs; its traceback is above",
        ) from error


async def _stop(local: LocalService) -> None:
    with anyio.move_on_after(STOP_TIMEOUT, shield=True):
        await local.drain()
        await local.stop()
