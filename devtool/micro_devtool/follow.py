"""Follows a runtime over its control socket and prints what happens, across its restarts.

How an event looks is ``plain``'s matter; what goes to which stream is ``output``'s.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
import msgspec
from anyio.abc import TaskGroup

from micro.control import ControlClient, connect_control
from micro.control.over_web import Elsewhere, connect_over_web
from micro.errors import MicroError, unwrapped
from micro.events import (
    AnyEvent,
    CallFinished,
    CallStarted,
    HostStarted,
    ServiceFailed,
    ServiceLoaded,
)
from micro.system.signals import HANGUP, STOP, open_signals
from micro_devtool import output, plain
from micro_devtool.output import Tone
from micro_devtool.records import read_record

Write = Callable[[str, Tone], None]

_RETRY_INTERVAL = 0.05
_FIRST_SERVICE = 2.0
"""Seconds from the end of loading after which a folder without services is told what to write."""


class Follower:
    """Prints the events of one runtime.

    Args:
        root: The folder of its project, or where else it is.
        write: Takes each event's text and tone.
        as_json: Write one JSON object an event, not text.
    """

    def __init__(self, root: Path | Elsewhere, write: Write, *, as_json: bool) -> None:
        self._root = root
        self._write = write
        self._json = as_json
        self._tools: dict[int, str] = {}
        self._loaded = anyio.Event()
        self._met_service = anyio.Event()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with anyio.create_task_group() as tasks:
            if isinstance(self._root, Path):
                tasks.start_soon(self._hint)
            while True:
                if isinstance(self._root, Elsewhere):
                    await self._follow(connect_over_web(self._root))
                elif (record := read_record(self._root)) is not None:
                    await self._follow(connect_control(Path(record.control)))
                await anyio.sleep(_RETRY_INTERVAL)

    async def _follow(self, connection: AbstractAsyncContextManager[ControlClient]) -> None:
        """Print the state, then what happens, until the runtime is gone."""
        try:
            async with connection as control:
                for event in plain.events_in(await control.watch()):
                    self._print(event)
                async for batch in control.batches():
                    if batch.dropped:
                        output.note(f"micro: {batch.dropped} events were too quick to print")
                    for event in batch.events:
                        self._print(event)
        except MicroError:
            return  # it went away, or has not come yet

    def _print(self, event: AnyEvent) -> None:
        if isinstance(event, ServiceLoaded | ServiceFailed):
            self._met_service.set()
        elif isinstance(event, HostStarted):
            self._loaded.set()
        if self._json:
            self._write(msgspec.json.encode(event).decode(), "")
            return
        tool = ""
        if isinstance(event, CallStarted):
            self._tools[event.call] = event.tool
        elif isinstance(event, CallFinished):
            tool = self._tools.pop(event.call, "")
        said = plain.describe(event, tool=tool)
        self._write(said.text, said.tone)

    async def _hint(self) -> None:
        await self._loaded.wait()
        with anyio.move_on_after(_FIRST_SERVICE):
            await self._met_service.wait()
            return
        output.note(plain.quick_start(str(self._root)))


async def follow_until_told(follower: Follower, ended: threading.Event) -> int:
    """Follow until a signal says stop, or ``ended`` is set; give the exit code.

    Raises:
        BrokenPipeError: Who read what is printed has gone.
    """
    code = 0

    async def on_signal(tasks: TaskGroup) -> None:
        nonlocal code
        with open_signals(*STOP, *HANGUP) as signals:
            async for received in signals:
                code = 130 if received == signal.SIGINT else 0
                tasks.cancel_scope.cancel()

    async def on_end(tasks: TaskGroup) -> None:
        # Its owner sets it when all is over, so the thread that waits here ends too.
        await anyio.to_thread.run_sync(ended.wait, abandon_on_cancel=True)
        tasks.cancel_scope.cancel()

    with unwrapped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(on_signal, tasks)
            tasks.start_soon(on_end, tasks)
            await follower.run()
    return code
