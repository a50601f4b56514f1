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

from micro.backends.deadlines import deadlines
from micro.backends.host.attaching import Debugger
from micro.backends.host.calls import Calls
from micro.backends.host.capture import capture_output
from micro.backends.host.consulting import Consulted, Held
from micro.backends.host.debugging import Breakpoints
from micro.backends.host.loading import Loading
from micro.backends.host.loops import ServiceLoops
from micro.backends.host.messages import (
    Answered,
    Cancel,
    Debugged,
    Importing,
    Invoke,
    Ping,
    Pong,
    ToHost,
    Told,
    ToRuntime,
)
from micro.backends.host.moves import Moves
from micro.backends.host.orderly import Orderly
from micro.backends.host.orders import Load, Settled
from micro.backends.host.stale import Stale
from micro.backends.host.tidings import Tidings
from micro.backends.host.watchdog import Watchdog
from micro.backends.local import LocalService
from micro.calls import Tool
from micro.calltasks import CallTasks
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
        self._orderly = Orderly(
            root, self._loading, stale=self._stale, tidings=self._tidings, send=self._send
        )
        self._breakpoints = Breakpoints(root, emit=self._emit, pause=self._pause)
        self._debugger = Debugger(emit=self._emit, pause=self._set_paused)
        self._stopped = 0
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
            case Settled():
                self._moves.settle(message)
            case _:
                if isinstance(message, Load):
                    own_port = not (message.only or message.follows)
                    self._tasks.start_soon(partial(self._debugger.serve, own_port=own_port))
                self._orderly.take(message, self._tasks)

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
