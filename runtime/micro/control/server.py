"""The control door: carries out the orders of whoever may open the socket, and streams events.

That a connection was admitted is the permission: who has one may do all of this.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import anyio
import msgspec
from anyio.abc import TaskGroup

from micro.calls import Caller
from micro.control.messages import Answer, Batch, Called, Order
from micro.control.records import answer_from
from micro.errors import MicroError, Refused
from micro.events import EventBus, Subscription
from micro.frames import FrameConnection, open_frames
from micro.snapshots import CallDetail, Snapshot
from micro.system.nearby import admit

if TYPE_CHECKING:
    from micro.stores.records import AuditReader

BATCH_INTERVAL = 0.05
"""Seconds between two batches of events to one watcher."""

Allow = Callable[[Order], Awaitable[Order]]

log = logging.getLogger(__name__)

_decode_order = msgspec.msgpack.Decoder(Order).decode


class Controlled(Protocol):
    """What the control door asks of the runtime."""

    @property
    def bus(self) -> EventBus:
        """Where the events come from."""
        ...

    def snapshot(self) -> Snapshot:
        """Give the state now."""
        ...

    def detail(self, call: int) -> CallDetail | None:
        """Give all that is kept of one call, ``None`` once it is forgotten."""
        ...

    async def control_call(self, tool: str, arguments: bytes, caller: Caller) -> Called:
        """Call a tool through the gateway; ``Refused`` if it was not let through."""
        ...

    async def reload(self, service: str) -> None:
        """Load a service again, or every one if the name is empty."""
        ...

    def decide(self, call: int, *, allowed: bool, by: str) -> None:
        """Let a call that waits for approval go on, or not; ``MicroError`` if it does not wait."""
        ...

    @property
    def records(self) -> AuditReader | None:
        """Read the audit log; ``None`` if none is kept."""
        ...

    def request_stop(self) -> None:
        """Begin to shut down; returns at once."""
        ...


async def serve_control(runtime: Controlled, listener: socket.socket) -> None:
    """Take connections on a socket of ``listen_near`` until cancelled.

    A connection that fails harms no other.
    """
    listener.setblocking(False)
    async with anyio.create_task_group() as tasks:
        while True:
            await anyio.wait_readable(listener)
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue
            sock.setblocking(False)
            tasks.start_soon(_serve_one, runtime, sock, listener)


async def _serve_one(runtime: Controlled, sock: socket.socket, listener: socket.socket) -> None:
    try:
        if await admit(sock, listener):
            await serve_session(runtime, sock)
        else:
            sock.close()
    except Exception:
        log.exception("a control connection failed")


async def _as_it_is(order: Order) -> Order:
    return order


async def serve_session(runtime: Controlled, sock: socket.socket, allow: Allow = _as_it_is) -> None:
    """Carry out the orders that come over one connected socket, until it is closed.

    Args:
        runtime: What is steered.
        sock: Owned and closed by this.
        allow: Gives each order as it may be carried out; raises ``MicroError`` if it may not.
    """
    await _Session(runtime, allow).run(sock)


class _Session:
    """One connection. Orders are carried out side by side, in tasks of the session."""

    def __init__(self, runtime: Controlled, allow: Allow) -> None:
        self._runtime = runtime
        self._allow = allow
        self._tasks: TaskGroup | None = None
        self._frames: FrameConnection | None = None
        self._lost = anyio.Event()

    async def run(self, sock: socket.socket) -> None:
        async with anyio.create_task_group() as self._tasks:
            self._frames = await open_frames(sock, self._take, self._lost.set)
            try:
                await self._lost.wait()
            finally:
                self._frames.close()
                self._tasks.cancel_scope.cancel()

    def _take(self, frame: bytes) -> None:
        assert self._tasks is not None
        try:
            order = _decode_order(frame)
        except msgspec.MsgspecError as error:
            self._send(Answer(id=0, error=f"not an order: {error}"))
            return
        self._tasks.start_soon(self._carry_out, order)

    def _send(self, message: Answer | Batch) -> None:
        if self._frames is not None:
            self._frames.send(message)

    async def _carry_out(self, order: Order) -> None:
        try:
            order = await self._allow(order)
            if order.op == "watch":
                await self._watch(order)
            else:
                self._send(await self._answer(order))
        except Refused as error:
            details = {**error.details, "trace_id": error.trace_id}
            self._send(Answer(id=order.id, error=error.message, mend=error.mend, refusal=details))
        except MicroError as error:
            self._send(Answer(id=order.id, error=error.message, mend=error.mend))
        except Exception:
            log.exception("the order %s failed", order.op)
            self._send(Answer(id=order.id, error=f"the runtime failed to {order.op}: see its log"))

    async def _answer(self, order: Order) -> Answer:
        runtime = self._runtime
        match order.op:
            case "snapshot":
                return Answer(id=order.id, snapshot=runtime.snapshot())
            case "detail":
                return Answer(id=order.id, detail=runtime.detail(order.call))
            case "call":
                caller = Caller(
                    door=order.door,
                    client=order.client,
                    subject=order.subject,
                    scopes=order.scopes,
                )
                called = await runtime.control_call(order.tool, order.arguments.encode(), caller)
                return Answer(id=order.id, called=called)
            case "decide":
                runtime.decide(order.call, allowed=order.allowed, by=order.by)
            case "records" | "verify":
                return await answer_from(runtime.records, order)
            case "reload":
                await runtime.reload(order.service)
            case _:
                runtime.request_stop()
        return Answer(id=order.id)

    async def _watch(self, order: Order) -> None:
        """Snapshot and events, with nothing lost or told twice between the two."""
        changed = anyio.Event()

        def wake() -> None:
            changed.set()

        with self._runtime.bus.subscribe(wake) as subscription:
            self._send(Answer(id=order.id, snapshot=self._runtime.snapshot()))
            while True:
                await changed.wait()
                changed = anyio.Event()
                await self._send_batch(subscription)
                await anyio.sleep(BATCH_INTERVAL)

    async def _send_batch(self, subscription: Subscription) -> None:
        events, dropped = subscription.take()
        if events and self._frames is not None:
            self._send(Batch(events=tuple(events), dropped=dropped))
            await self._frames.drain()
