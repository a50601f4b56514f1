"""The other end of the control socket: what the dashboard and the command line hold."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import anyio
import msgspec

from micro.control.messages import Answer, Batch, Called, Order
from micro.errors import MicroError, StartError
from micro.frames import FrameConnection, open_frames
from micro.snapshots import CallDetail, NumberedRecord, Snapshot
from micro.stores.chain import Verdict
from micro.system.nearby import connect_near

_decode = msgspec.msgpack.Decoder(Answer | Batch).decode
_BATCHES_KEPT = 1024

T = TypeVar("T")


class RuntimeLost(MicroError):
    """The runtime at the other end of the control socket is gone."""


class CallRefused(MicroError):
    """The gateway did not let a call through.

    Attributes:
        details: ``kind``, ``retryable``, ``trace_id``, and ``retry_after`` in seconds where time
            mends it, ``missing_scopes`` where scopes do.
    """

    def __init__(self, message: str, *, mend: str | None, details: dict[str, Any]) -> None:
        super().__init__(message, mend=mend)
        self.details = details


class ControlClient:
    """Gives orders to a runtime; made by ``connect_control``.

    Every method raises ``RuntimeLost`` once the connection is gone, and ``MicroError`` with the
    runtime's own words if it refuses the order.
    """

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[anyio.Event, list[Answer]]] = {}
        self._to_watcher, self._batches = anyio.create_memory_object_stream[Batch](_BATCHES_KEPT)
        self._missed = 0
        self.lost = anyio.Event()
        self._frames: FrameConnection | None = None

    async def _open(self, sock: socket.socket) -> None:
        self._frames = await open_frames(sock, self._take, self._on_lost)

    def _close(self) -> None:
        if self._frames is not None:
            self._frames.close()
        self._to_watcher.close()
        self._batches.close()

    def _take(self, frame: bytes) -> None:
        message = _decode(frame)
        if isinstance(message, Batch):
            self._keep(message)
        elif waiting := self._waiting.get(message.id):
            waiting[1].append(message)
            waiting[0].set()

    def _keep(self, batch: Batch) -> None:
        """Queue a batch; one that finds the queue full is lost, and the next one says so."""
        batch = msgspec.structs.replace(batch, dropped=batch.dropped + self._missed)
        try:
            self._to_watcher.send_nowait(batch)
            self._missed = 0
        except anyio.WouldBlock:
            self._missed = batch.dropped + len(batch.events)

    def _on_lost(self) -> None:
        self.lost.set()
        self._to_watcher.close()
        for arrived, _ in self._waiting.values():
            arrived.set()

    async def _order(self, op: Any, **fields: Any) -> Answer:
        if self._frames is None or self._frames.closed:
            raise RuntimeLost("the runtime is gone", mend="start it with: micro dev")
        order = Order(id=next(self._ids), op=op, **fields)
        arrived, answers = self._waiting[order.id] = (anyio.Event(), [])
        try:
            self._frames.send(order)
            await arrived.wait()
        finally:
            del self._waiting[order.id]
        if not answers:
            raise RuntimeLost("the runtime went away before it answered")
        answer = answers[0]
        if answer.refusal is not None:
            raise CallRefused(answer.error, mend=answer.mend, details=answer.refusal)
        if answer.error:
            raise MicroError(answer.error, mend=answer.mend)
        return answer

    async def snapshot(self) -> Snapshot:
        """Give the runtime's whole state."""
        return _given((await self._order("snapshot")).snapshot)

    async def watch(self) -> Snapshot:
        """Give the state now and begin to send what follows to ``batches``. Call it once."""
        return _given((await self._order("watch")).snapshot)

    async def batches(self) -> AsyncGenerator[Batch]:
        """Yield the events that come after ``watch``, until the connection ends."""
        async for batch in self._batches:
            yield batch

    async def detail(self, call: int) -> CallDetail | None:
        """Give all that is kept of a call, ``None`` once it is forgotten."""
        return (await self._order("detail", call=call)).detail

    async def call(
        self,
        tool: str,
        arguments: str = "{}",
        *,
        door: Literal["cli", "dashboard"] = "cli",
        client: str = "",
        subject: str = "local",
        scopes: tuple[str, ...] = ("*",),
    ) -> Called:
        """Call a tool through the gateway, as anybody. ``arguments`` is an object's JSON text.

        Raises:
            CallRefused: It was not let through.
        """
        answer = await self._order(
            "call",
            tool=tool,
            arguments=arguments,
            door=door,
            client=client,
            subject=subject,
            scopes=scopes,
        )
        return _given(answer.called)

    async def reload(self, service: str = "") -> None:
        """Load a service again, or all of them."""
        await self._order("reload", service=service)

    async def decide(self, call: int, *, allowed: bool, by: str) -> None:
        """Let a call that waits for approval go on, or not. ``by``: who decides."""
        await self._order("decide", call=call, allowed=allowed, by=by)

    async def records(self, after: int = 0) -> tuple[NumberedRecord, ...]:
        """Give the next audit records after a number, oldest first, or the newest if it is 0."""
        return _given((await self._order("records", after=after)).records)

    async def verify(self) -> Verdict:
        """Follow the chain of audit records, there where they are kept."""
        return _given((await self._order("verify")).verdict)

    async def stop(self) -> None:
        """Ask the runtime to shut down; it answers before it does."""
        await self._order("stop")


@asynccontextmanager
async def connect_control(path: Path, *, patience: float = 0) -> AsyncGenerator[ControlClient]:
    """Connect to a runtime's control socket.

    Args:
        path: The socket.
        patience: Seconds to go on trying while nothing listens there; 0 tries once.

    Raises:
        StartError: Nothing listens there.
    """
    async with steering(await _connect(path, patience)) as client:
        yield client


@asynccontextmanager
async def steering(sock: socket.socket) -> AsyncGenerator[ControlClient]:
    """Hold the client's end of a control connection, over a connected socket that it owns."""
    client = ControlClient()
    await client._open(sock)  # pyright: ignore[reportPrivateUsage]
    try:
        yield client
    finally:
        client._close()  # pyright: ignore[reportPrivateUsage]


async def _connect(path: Path, patience: float) -> socket.socket:
    deadline = anyio.current_time() + patience
    while True:
        try:
            sock = connect_near(path)
        except OSError as error:
            if anyio.current_time() >= deadline:
                raise StartError(
                    f"no runtime answers on {path}", mend="start one with: micro dev"
                ) from error
            await anyio.sleep(min(0.02, max(0.0, deadline - anyio.current_time())))
        else:
            sock.setblocking(False)
            return sock


def _given(value: T | None) -> T:
    if value is None:
        raise MicroError("the runtime sent an answer without its content")
    return value
