"""One host as the runtime talks with it: its calls, what it was ordered, whether it lives.

Which of several hosts gets a call is ``client``'s to say.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from typing import Protocol

import anyio
import msgspec

from micro.backends.deadlines import deadlines
from micro.backends.host.abreast import Abreast
from micro.backends.host.consulting import Consult, Held
from micro.backends.host.forked import HostProcess
from micro.backends.host.heartbeat import Heartbeat
from micro.backends.host.messages import (
    Answer,
    Answered,
    Ask,
    Cancel,
    Debugged,
    Finished,
    HandedOver,
    Importing,
    Loaded,
    Pong,
    Progressed,
    Reloaded,
    Report,
    Served,
    Told,
    ToRuntime,
    Watching,
)
from micro.backends.host.orders import Load, Order
from micro.backends.host.pending import Pending, invocation
from micro.backends.host.starting import HostSource
from micro.calls import Call, ToolResult
from micro.errors import MicroError
from micro.events import LogWritten
from micro.services.context import CallTool

_decode = msgspec.msgpack.Decoder(ToRuntime).decode
_ids = itertools.count(1)


class Ears(Protocol):
    """Who hears what a host has to say by itself."""

    def hear(self, link: Link, message: Report) -> None:
        """Take in what a host reports of its services."""
        ...

    def line(self, line: LogWritten) -> None:
        """Take in a line that was written to a host's descriptors."""
        ...


class Link:
    """The runtime's end of one host, from before its fork to its end.

    Args:
        ears: Told of what is no answer.
        ask: Runs a call that a tool makes, through the gateway.

    Attributes:
        host: The process, once it was forked.
        reports: What it reported of its services while another host served.
        importing: The file whose services are being loaded; empty while none is.
        abreast: How far it is with what others serve.
        loaded: What it said once it had loaded; ``watching``: what it wants watched.
        begun: Set once it was told to load, or ended; ``settled``: once it has loaded, or ended.
    """

    def __init__(self, ears: Ears, ask: CallTool) -> None:
        self._ears = ears
        self._ask = ask
        self._pending: dict[int, Pending] = {}
        self._orders: dict[int, asyncio.Future[Answer]] = {}
        self._idle = anyio.Event()
        self._stopped = 0
        self.host: HostProcess | None = None
        self.reports: list[Served | Told] = []
        self.importing = ""
        self.abreast = Abreast()
        self.loaded: Loaded | None = None
        self.watching: Watching | None = None
        self.begun = anyio.Event()
        self.settled = anyio.Event()

    async def live(self, zygote: HostSource, load: Load) -> str:
        """Fork a host, let it load, and stay with it to its end; says how it ended.

        Raises:
            HostLost: There is no zygote to fork it from.
        """
        status = ""
        host = self.host = await zygote.fork(self._take)
        self._heartbeat = Heartbeat(host, lambda: bool(self._pending))
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(host.read_output, self._ears.line)
            self._tasks.start_soon(self._heartbeat.watch)
            try:
                host.frames.send(load)
                self.begun.set()
                await host.lost.wait()
            finally:
                status = await host.end()
                while self._stopped:
                    self._debugged(-1)
            self._tasks.cancel_scope.cancel()
        return status

    @property
    def calls(self) -> int:
        """How many calls are in it."""
        return len(self._pending)

    @property
    def pid(self) -> int:
        """The process; 0 before it was forked."""
        return 0 if self.host is None else self.host.pid

    @property
    def services(self) -> frozenset[str]:
        """The services that have calls in it."""
        return frozenset(p.call.name.partition(".")[0] for p in self._pending.values())

    @property
    def is_gone(self) -> bool:
        """Whether it cannot be told anything: not yet, or not any more."""
        return self.host is None or self.host.frames.closed

    @property
    def orders(self) -> list[asyncio.Future[Answer]]:
        """The orders that are not carried out yet."""
        return list(self._orders.values())

    def order(self, make: Callable[[int], Order]) -> asyncio.Future[Answer]:
        """Order something; gives what will be answered. ``make``: with its number."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        order = make(next(_ids))
        if self.host is None or self.host.frames.closed:
            future.set_result(Reloaded(id=order.id, error="there is no host just now"))
        else:
            self._orders[order.id] = future
            self.host.frames.send(order)
        return future

    async def run_call(self, call: Call, host: HostProcess) -> ToolResult:
        """Run a call in it."""
        pending = self._pending[call.id] = Pending(call)
        host.frames.send(invocation(call))
        self._heartbeat.wake()
        try:
            if call.peer.ask is None:
                return await pending.result()
            hold = partial(_hold, host, call.id)
            with deadlines.watched(call.id, hold):
                return await pending.result()
        except BaseException:
            host.frames.send(Cancel(id=call.id))
            raise
        finally:
            del self._pending[call.id]
            pending.end()
            if not self._pending:
                self._idle.set()

    async def drain(self) -> None:
        """Wait until no call is in it."""
        while self._pending:
            self._idle = anyio.Event()
            await self._idle.wait()

    def lose(self, status: str) -> None:
        """Fail what ran in it: it has ended, or was never begun."""
        self.begun.set()
        for pending in self._pending.values():
            pending.lose(f"ended ({status})")
        for future in self._orders.values():
            if not future.done():
                future.set_result(Reloaded(id=0, error=f"the host ended ({status})"))
        self._orders.clear()

    def _take(self, frame: bytes) -> None:
        message: ToRuntime = _decode(frame)
        self._heartbeat.heard()
        match message:
            case Finished():
                if pending := self._pending.get(message.id):
                    pending.finish(message)
            case Progressed():
                if pending := self._pending.get(message.id):
                    pending.report(message)
            case Reloaded() | HandedOver():
                future = self._orders.pop(message.id, None)
                if future is not None and not future.done():
                    future.set_result(message)
            case Debugged():
                self._debugged(1 if message.stopped else -1)
            case Importing(file=file):
                self.importing = file
            case Pong():
                pass
            case Ask():
                self._tasks.start_soon(self._answer, message)
            case Consult():
                pending, host = self._pending.get(message.call), self.host
                if pending is not None and host is not None:
                    self._tasks.start_soon(pending.consult, message, host.frames.send)
            case _:
                self._ears.hear(self, message)

    def _debugged(self, more: int) -> None:
        """Let deadlines and the heartbeat wait while code of this host is at a breakpoint."""
        self._stopped += more
        self._heartbeat.paused = self._stopped > 0
        if more > 0:
            deadlines.hold()
        else:
            deadlines.go_on()

    async def _answer(self, message: Ask) -> None:
        parent, host = self._pending.get(message.parent), self.host
        if parent is None or host is None:
            return
        try:
            result = await self._ask(message.tool, message.arguments, parent.call)
        except MicroError as error:
            host.frames.send(Answered(id=message.id, refused=error.message))
            return
        answered = Answered(
            id=message.id,
            content=[dict(block) for block in result.content],
            structured=result.structured,
            fault=result.fault,
            asks=result.asks,
        )
        host.frames.send(answered)


def _hold(host: HostProcess, call: int, still: bool) -> None:
    host.frames.send(Held(call=call, still=still))
