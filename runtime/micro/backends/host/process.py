"""The host: the process that runs a project's code, at the other end of the runtime's socket.

Forked from the zygote. It ends when the socket does.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
from anyio.abc import TaskGroup

from micro.backends.deadlines import deadlines
from micro.backends.host.attaching import Debugger
from micro.backends.host.calls import Calls
from micro.backends.host.capture import capture_output
from micro.backends.host.consulting import Consulted, Held
from micro.backends.host.debugging import Breakpoints
from micro.backends.host.loading import Loading, outside_modules
from micro.backends.host.loops import ServiceLoops
from micro.backends.host.messages import (
    Answered,
    Cancel,
    Debugged,
    HandedOver,
    HandOver,
    Importing,
    Invoke,
    Load,
    Loaded,
    Ping,
    Pong,
    Reload,
    Reloaded,
    ReloadService,
    Settled,
    TakeOver,
    ToHost,
    Told,
    ToRuntime,
    Watching,
)
from micro.backends.host.moves import Moves
from micro.backends.host.stale import Stale
from micro.backends.host.tidings import Tidings
from micro.backends.host.watchdog import Watchdog
from micro.backends.local import LocalService
from micro.calls import Tool
from micro.calltasks import CallTasks
from micro.errors import MicroError
from micro.events import LogWritten, ProblemFound, ServiceFailed, ServiceLoaded, ServiceRemoved
from micro.frames import FrameConnection, open_frames
from micro.registry.registry import Registry
from micro.services.service import Service

STOP_TIMEOUT = 5.0
"""Seconds that stop hooks may take together when the host ends."""

_decode = msgspec.msgpack.Decoder(ToHost).decode


class Host:
    """Serves one runtime: loads and reloads when told, runs calls side by side.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._registry = Registry()
        self._frames: FrameConnection | None = None
        self._calls = Calls(self._registry, self._send)
        self._running = CallTasks[int]()
        self._reloads = anyio.Lock()
        self._ending = anyio.Event()
        self._stale = Stale(lambda: self._loading.loader.steps)
        self._tidings = Tidings(self._send)
        self._moves = Moves(self._send)
        self._loading = Loading(
            root,
            self._registry,
            make=self._make,
            report=self._report,
            emit=self._emit,
            elsewhere=self._moves.ask,
        )
        self._loading.begins = lambda file: self._send(Importing(file=file))
        self._breakpoints = Breakpoints(root, emit=self._emit, pause=self._pause)
        self._debugger = Debugger(emit=self._emit, pause=self._set_paused)
        self._stopped = 0
        self._watching = Watching(folders=(), patterns=(), installed=())
        self._loops = ServiceLoops()
        self._watchdog = Watchdog(self._loops.all, root=root, emit=self._emit)

    async def run(self, sock: socket.socket) -> None:
        """Serve until the socket ends or ``Stop`` comes."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        capture_output(self._emit)
        self._breakpoints.install()
        self._loading.loader.install()
        async with self._running.running(), anyio.create_task_group() as self._tasks:
            self._frames = await open_frames(sock, self._take, self._ending.set)
            self._tasks.start_soon(self._watchdog.run)
            await self._ending.wait()
            self._tasks.cancel_scope.cancel()
        with anyio.move_on_after(STOP_TIMEOUT, shield=True):
            if self._loading.generations is not None:
                await self._loading.generations.stop()

    def _take(self, frame: bytes) -> None:
        start: Callable[..., object] = self._tasks.start_soon
        message: ToHost = _decode(frame)
        match message:
            case Invoke():
                self._running.begin(message.id, self._invoke(message))
            case Cancel(id=id):
                self._running.cancel(id)
            case Answered() | Consulted():
                self._calls.answer(message)
            case Held(call=call, still=still):
                (deadlines.pause if still else deadlines.resume)(call)
            case Ping():
                self._send(Pong())
            case Load():
                self._stale.mark(0, message.expected)
                start(self._load, message, self._tasks)
                start(partial(self._debugger.serve, own_port=not message.only))
            case Settled():
                self._moves.settle(message)
            case Reload():
                paths = self._loading.known(message.paths)
                if self._loading.reloader is not None:
                    self._loading.reloader.hurry(paths)
                touched = self._loading.touched(paths)
                self._stale.mark(message.id, touched)
                start(self._reload, message.id, paths, self._tasks)
            case HandOver():
                start(self._hand_over, message)
            case TakeOver():
                start(self._take_over, message)
            case ReloadService():
                start(self._reload_service, message, self._tasks)

    async def _invoke(self, message: Invoke) -> None:
        service = message.tool.partition(".")[0]
        if service in self._stale:
            self._loading.wanted.append(service)
            await self._stale.wait(service, first=service not in self._registry.catalogue.services)
        if self._loading.generations is not None:
            await self._loading.generations.gates.passed(service)
        await self._calls.run(message)

    def _send(self, message: ToRuntime) -> None:
        """Tell the runtime, from any thread; what one thread sends arrives in its order."""
        if self._frames is None:
            return
        if threading.get_ident() == self._thread:
            self._frames.send(message)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._frames.send, message)

    def _emit(self, event: LogWritten | ProblemFound) -> None:
        self._send(Told(event=event))

    async def _load(self, message: Load, retiring: TaskGroup) -> None:
        try:
            async with self._reloads:
                with self._stale.reloading(0):
                    await self._loading.load(message, retiring)
        except MicroError as error:
            self._emit(ProblemFound(message=error.message, mend=error.mend))
        self._tidings.patient = True
        self._tell_watching()
        sources = self._loading.loader.graph.sources.values()
        self._send(
            Loaded(
                services=tuple(self._registry.catalogue.services),
                modules=outside_modules(self._root),
                files={str(source.path): source.digest for source in sources},
            )
        )

    async def _reload(self, number: int, paths: frozenset[Path], retiring: TaskGroup) -> None:
        async with self._reloads:
            with self._stale.reloading(number):
                await self._loading.reload(sorted(paths), retiring)
        self._tell_watching()
        self._send(Reloaded(id=number))

    async def _reload_service(self, message: ReloadService, retiring: TaskGroup) -> None:
        try:
            if self._loading.reloader is not None:
                await self._loading.reloader.reload_service(message.service, retiring)
            self._send(Reloaded(id=message.id))
        except MicroError as error:
            self._send(Reloaded(id=message.id, error=error.message, mend=error.mend))

    async def _hand_over(self, message: HandOver) -> None:
        self._send(HandedOver(id=message.id, states=await self._loading.hand_over()))

    async def _take_over(self, message: TakeOver) -> None:
        await self._loading.take_over(message.states)
        self._send(Reloaded(id=message.id))

    def _tell_watching(self) -> None:
        """Tell what is to be watched, if it is something else than before."""
        watching = self._loading.watching()
        if watching != self._watching:
            self._watching = watching
            self._send(watching)

    def _pause(self, stopped: bool) -> None:
        """Let time stand still, or go on, because of a breakpoint; from any thread."""
        self._loop.call_soon_threadsafe(self._set_paused, stopped)

    def _set_paused(self, stopped: bool) -> None:
        (deadlines.hold if stopped else deadlines.go_on)()
        self._stopped += 1 if stopped else -1
        self._watchdog.paused = self._stopped > 0
        self._send(Debugged(stopped=stopped))

    def _make(self, service: Service, generation: int) -> LocalService:
        return LocalService(
            service,
            generation=generation,
            root=self._root,
            call_tool=self._calls.ask,
            run_async=partial(self._run_async, service.name),
            updated=self._tidings.updated,
        )

    async def _run_async(self, service: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run an author's coroutine on the loop of its service."""
        self._watchdog.wake()
        return await self._loops.of(service).run(work)

    def _report(
        self, event: ServiceLoaded | ServiceFailed | ServiceRemoved, tools: tuple[Tool, ...]
    ) -> None:
        self._stale.release(event.service)
        self._tidings.tell(event, tools)
