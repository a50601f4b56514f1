"""The host: the process that runs a project's code, at the other end of the runtime's socket.

``python -m micro.backends.host.process FD ROOT``. It ends when the socket does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter

import anyio
import msgspec
from anyio.abc import TaskGroup

from micro.backends.host.capture import capture_output
from micro.backends.host.messages import (
    Answered,
    Ask,
    Cancel,
    Finished,
    Invoke,
    Load,
    Loaded,
    Progressed,
    Reload,
    Reloaded,
    ReloadService,
    Served,
    ToHost,
    Told,
    ToRuntime,
)
from micro.backends.local import LocalService
from micro.calls import Call, Fault, Progress, Tool, ToolResult
from micro.config import load_project
from micro.errors import MicroError
from micro.events import LogWritten, ServiceFailed, ServiceLoaded, ServiceRemoved
from micro.frames import FrameConnection, open_frames
from micro.registry.discovery import Discovery
from micro.registry.loader import ProjectLoader
from micro.registry.registry import Registry
from micro.registry.reload import Reloader
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
        self._loader = ProjectLoader(root)
        self._frames: FrameConnection | None = None
        self._calls: dict[int, anyio.CancelScope] = {}
        self._asked: dict[int, asyncio.Future[Answered]] = {}
        self._ids = 0
        self._ending = anyio.Event()
        self._reloader: Reloader | None = None

    async def run(self, sock: socket.socket) -> None:
        """Serve until the socket ends or ``Stop`` comes."""
        self._loop = asyncio.get_running_loop()
        capture_output(self._emit_from_any_thread)
        self._loader.install()
        async with anyio.create_task_group() as self._tasks:
            self._frames = await open_frames(sock, self._take, self._ending.set)
            await self._ending.wait()
            self._tasks.cancel_scope.cancel()
        with anyio.move_on_after(STOP_TIMEOUT, shield=True):
            if self._reloader is not None:
                await self._reloader.stop()

    def _take(self, frame: bytes) -> None:
        start: Callable[..., object] = self._tasks.start_soon
        message: ToHost = _decode(frame)
        match message:
            case Invoke():
                start(self._invoke, message)
            case Cancel(id=id):
                if scope := self._calls.get(id):
                    scope.cancel()
            case Answered():
                future = self._asked.pop(message.id, None)
                if future is not None and not future.done():
                    future.set_result(message)
            case Load(numbers=numbers):
                start(self._load, numbers, self._tasks)
            case Reload(paths=paths):
                start(self._reload, tuple(Path(path) for path in paths), self._tasks)
            case ReloadService():
                start(self._reload_service, message, self._tasks)

    def _send(self, message: ToRuntime) -> None:
        if self._frames is not None:
            self._frames.send(message)

    def _emit_from_any_thread(self, line: LogWritten) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, Told(event=line))

    async def _load(self, numbers: dict[str, int], retiring: TaskGroup) -> None:
        try:
            project = load_project(self._root)
            self._reloader = Reloader(
                self._loader,
                Discovery(project),
                registry=self._registry,
                make=self._make,
                report=self._report,
                numbers=numbers,
            )
            await self._reloader.load_all(retiring)
        except MicroError as error:
            self._send(Told(event=_line("ERROR", f"{error.message} ({error.mend})")))
        self._send(Loaded(services=tuple(self._registry.catalogue.services)))

    async def _reload(self, paths: tuple[Path, ...], retiring: TaskGroup) -> None:
        if self._reloader is not None:
            await self._reloader.reload(paths, retiring)

    async def _reload_service(self, message: ReloadService, retiring: TaskGroup) -> None:
        try:
            if self._reloader is not None:
                await self._reloader.reload_service(message.service, retiring)
            self._send(Reloaded(id=message.id))
        except MicroError as error:
            self._send(Reloaded(id=message.id, error=error.message, mend=error.mend))

    def _make(self, service: Service, generation: int) -> LocalService:
        return LocalService(service, generation=generation, root=self._root, call_tool=self._ask)

    def _report(
        self, event: ServiceLoaded | ServiceFailed | ServiceRemoved, tools: tuple[Tool, ...]
    ) -> None:
        if isinstance(event, ServiceLoaded):
            self._send(Served(event=event, tools=tuple(tool.spec for tool in tools)))
        else:
            self._send(Told(event=event))

    async def _invoke(self, message: Invoke) -> None:
        began = perf_counter()
        with anyio.CancelScope() as self._calls[message.id]:
            try:
                result = await self._run(message)
            finally:
                del self._calls[message.id]
            self._send(_finished(message.id, result, perf_counter() - began))

    async def _run(self, message: Invoke) -> ToolResult:
        tool = self._registry.catalogue.find(message.tool)
        if tool is None:
            text = f"The tool {message.tool} was removed while this call was on its way."
            return ToolResult.failed(Fault(kind="host_lost", message=text))
        call = Call(
            id=message.id,
            name=message.tool,
            tool=tool,
            arguments=message.arguments,
            trace_id=message.trace_id,
            span_id=message.span_id,
            caller=message.caller,
            deadline=None if message.timeout is None else monotonic() + message.timeout,
            on_progress=partial(self._progressed, message.id) if message.progress else None,
        )
        return await tool.run(call)

    async def _progressed(self, call: int, progress: Progress) -> None:
        self._send(
            Progressed(
                id=call,
                progress=progress.progress,
                total=progress.total,
                message=progress.message,
            )
        )

    async def _ask(self, tool: str, arguments: bytes, parent: Call) -> ToolResult:
        """Call another tool through the runtime's gateway, for a tool that runs here."""
        self._ids += 1
        future = self._asked[self._ids] = self._loop.create_future()
        self._send(Ask(id=self._ids, parent=parent.id, tool=tool, arguments=arguments))
        answer = await future
        if answer.refused:
            raise MicroError(answer.refused)
        fault = Fault(kind="tool_error", message=answer.text) if answer.is_error else None
        content = ({"type": "text", "text": answer.text},)
        return ToolResult(content=content, structured=answer.structured, fault=fault)


def _finished(call: int, result: ToolResult, took: float) -> Finished:
    return Finished(
        id=call,
        content=[dict(block) for block in result.content],
        structured=result.structured,
        fault=result.fault,
        phases=result.phases,
        generation=result.generation,
        took=took,
    )


def _line(level: str, text: str) -> LogWritten:
    return LogWritten(service="", call=None, level=level, logger="micro", text=text)


def main() -> None:
    """Serve the socket whose file descriptor is the first argument, for the folder that follows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.setblocking(False)
    serve: Callable[[socket.socket], Awaitable[None]] = Host(Path(sys.argv[2])).run
    try:
        anyio.run(serve, sock)
    finally:
        # A tool that never returns from its thread would keep the interpreter from ending.
        os._exit(0)


if __name__ == "__main__":
    main()
