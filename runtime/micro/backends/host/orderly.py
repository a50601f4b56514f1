"""Carries out what the runtime orders a host to load, in turn, and says when it is done.

What loading is, ``loading`` knows; which calls wait meanwhile, ``stale``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from micro.backends.host.loading import Loading, outside_modules
from micro.backends.host.messages import HandedOver, Loaded, Reloaded, Told, ToRuntime, Watching
from micro.backends.host.orders import HandOver, Load, Order, Reload, ReloadService, TakeOver
from micro.backends.host.stale import Stale
from micro.backends.host.tidings import Tidings
from micro.errors import MicroError
from micro.events import ProblemFound


class Orderly:
    """Takes orders as they come.

    Args:
        root: The project's folder.
        loading: Its services.
        stale: Which of them are not what was saved.
        tidings: Told once failures may be kept back.
        send: Tells the runtime.
    """

    def __init__(
        self,
        root: Path,
        loading: Loading,
        *,
        stale: Stale,
        tidings: Tidings,
        send: Callable[[ToRuntime], None],
    ) -> None:
        self._root = root
        self._loading = loading
        self._stale = stale
        self._tidings = tidings
        self._send = send
        self._one_at_a_time = anyio.Lock()
        self._has_loaded = False
        self._watching = Watching(folders=(), patterns=(), installed=())

    def take(self, order: Load | Order, tasks: TaskGroup) -> None:
        """Take an order; what it makes stale is stale when this returns, the rest is done later."""
        match order:
            case Load():
                self._stale.mark(0, order.expected)
                tasks.start_soon(self._load, order, tasks)
            case Reload():
                paths = self._loading.known(order.paths)
                if self._loading.reloader is not None:
                    self._loading.reloader.hurry(paths)
                self._stale.mark(order.id, self._touched(paths).union(order.awaited))
                tasks.start_soon(self._reload, order, paths, tasks)
            case ReloadService():
                tasks.start_soon(self._reload_service, order, tasks)
            case HandOver():
                tasks.start_soon(self._hand_over, order)
            case TakeOver():
                tasks.start_soon(self._take_over, order)

    def _touched(self, paths: frozenset[Path]) -> frozenset[str]:
        """Name the services that files may touch; before the first load is over, all that wait."""
        waiting = frozenset[str]() if self._has_loaded else self._stale.all
        return self._loading.touched(paths) | waiting

    async def _load(self, order: Load, retiring: TaskGroup) -> None:
        try:
            async with self._one_at_a_time:
                with self._stale.reloading(0):
                    await self._loading.load(order, retiring)
        except MicroError as error:
            self._send(Told(event=ProblemFound(message=error.message, mend=error.mend)))
        self._tidings.patient = self._has_loaded = True
        self._tell_watching()
        sources = self._loading.loader.graph.sources.values()
        self._send(
            Loaded(
                services=self._loading.services,
                modules=outside_modules(self._root),
                files={str(source.path): source.digest for source in sources},
            )
        )

    async def _reload(self, order: Reload, paths: frozenset[Path], retiring: TaskGroup) -> None:
        async with self._one_at_a_time:
            with self._stale.reloading(order.id):
                await self._loading.change_role(order, retiring)
                await self._loading.reload(sorted(paths), retiring)
        self._tell_watching()
        self._send(Reloaded(id=order.id))

    async def _reload_service(self, order: ReloadService, retiring: TaskGroup) -> None:
        try:
            if self._loading.reloader is not None:
                await self._loading.reloader.reload_service(order.service, retiring)
            self._send(Reloaded(id=order.id))
        except MicroError as error:
            self._send(Reloaded(id=order.id, error=error.message, mend=error.mend))

    async def _hand_over(self, order: HandOver) -> None:
        self._send(HandedOver(id=order.id, states=await self._loading.hand_over()))

    async def _take_over(self, order: TakeOver) -> None:
        await self._loading.take_over(order.states)
        self._send(Reloaded(id=order.id))

    def _tell_watching(self) -> None:
        """Tell what is to be watched, if it is something else than before."""
        watching = self._loading.watching()
        if watching != self._watching:
            self._watching = watching
            self._send(watching)
