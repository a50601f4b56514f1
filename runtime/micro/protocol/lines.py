"""One client that sends a message a line: what is plain is answered here, the rest by the SDK.

A connection speaks one era, which its first request decides. The SDK decides by the first one that
it sees, so it is told what the fast lane has answered before. Imports nothing of the SDK itself.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Literal

import anyio
from anyio.abc import TaskGroup, TaskStatus

from micro.calls import Caller
from micro.calltasks import CallTasks
from micro.errors import unwrapped
from micro.protocol.batches import VERSION as BATCH_VERSION
from micro.protocol.batches import LineBatches, read_batch
from micro.protocol.connections import Connection
from micro.protocol.envelope import MODERN, Request, read_cancelled, read_request, request_key
from micro.protocol.fast import FastLane
from micro.protocol.handshake import agreed_version, is_initialized, read_handshake
from micro.protocol.identify import clip, stream_caller
from micro.protocol.linelistening import tell_news
from micro.protocol.listeners import Listeners
from micro.protocol.listenrequest import read_listen
from micro.protocol.news import News
from micro.protocol.outbox import Outbox, SendLines

if TYPE_CHECKING:
    from micro.protocol.serving import Serving
    from micro.protocol.streams import SdkStream

log = logging.getLogger(__name__)

END_TIMEOUT = 2.0
"""Seconds that a client which has said its last may take to read the last that it is told."""

Era = Literal["", "older", "modern"]
"""Which protocol a connection speaks; empty before its first request."""


class LineClient:
    """Serves one client from its first line to its last.

    Args:
        lane: Answers what is plain.
        serving: Gives the SDK's server once something is not.
        connection: What the client's calls are recorded under.
        listeners: Tells it of changes, if it asks for that.
        tasks: Where the SDK's server runs, once it is needed.
    """

    def __init__(
        self,
        lane: FastLane,
        serving: Callable[[], Awaitable[Serving]],
        *,
        connection: Connection,
        listeners: Listeners,
        tasks: TaskGroup,
    ) -> None:
        self._lane = lane
        self._serving = serving
        self._connection = connection
        self._listeners = listeners
        self._tasks = tasks
        self._sdk: SdkStream | None = None
        self._era: Era = ""
        self._handshake = b""
        self._greeted = ("", "", "")
        self._attaching = anyio.Lock()
        self._sender: tuple[tuple[str, str], Caller] | None = None
        self.calls = CallTasks[str]()
        self.outbox = Outbox()
        self._batches = LineBatches(self.outbox)

    async def take(self, line: bytes | None) -> None:
        """Take one line; ``None`` stands for one that was too long.

        Raises:
            anyio.BrokenResourceError: The client is gone.
        """
        await self.outbox.room()
        if line is not None and self._may_batch and (messages := read_batch(line)):
            for message in self._batches.begin(messages):
                await self._take_one(message)
        else:
            await self._take_one(line)

    @property
    def _may_batch(self) -> bool:
        connection = self._connection
        return connection.is_met and connection.caller.protocol == BATCH_VERSION

    async def _take_one(self, line: bytes | None) -> None:
        request = None if line is None else read_request(line)
        if request is not None and self._is_ours(request):
            self.calls.begin(request_key(request.id), self._answer(request))
        elif line is None or not (
            self._shakes_hands(line) or self._cancels(line) or self._listens(line)
        ):
            await self._pass_on(line)

    def _is_ours(self, request: Request) -> bool:
        """Whether the fast lane answers; the first request that it answers decides the era."""
        if request.is_modern and self._era != "older":
            ours = self._lane.takes(request, modern=True)
            self._era = "modern" if ours else self._era
            return ours
        return (
            self._era == "older"
            and self._connection.is_met
            and not request.is_enveloped
            and self._lane.takes(request, modern=False, older=self._connection)
        )

    async def _answer(self, request: Request) -> None:
        client = request.client if request.is_modern else self._connection.client
        caller, trace = self._caller(client), request.traceparent or ""
        modern = self._era == "modern"
        reply = await self._lane.answer(request, caller, traceparent=trace, modern=modern)
        self.outbox.put(reply.body)

    def _listens(self, line: bytes) -> bool:
        """Whether the line asks to be told of changes, which its sender then is."""
        request = None if self._era == "older" else read_listen(line)
        if request is None:
            return False
        self._era = "modern"
        news = tell_news(self._listeners, self.outbox, request, self._caller(request.client))
        self.calls.begin(request_key(request.id), news)
        return True

    def _caller(self, client: tuple[str, str]) -> Caller:
        if self._sender is None or self._sender[0] != client:
            protocol = self._connection.caller.protocol or MODERN
            caller = stream_caller(self._connection, *client, protocol=protocol)
            self._connection.meet(caller.client, caller.client_version, protocol=protocol)
            self._sender = (client, caller)
        return self._sender[1]

    def _shakes_hands(self, line: bytes) -> bool:
        """Whether the line is a step of a handshake that the fast lane takes, which it then has."""
        if not self._era and (handshake := read_handshake(line)) is not None:
            info = handshake.params.client
            self._era, self._handshake = "older", line
            self._connection.is_askable = handshake.params.capabilities.is_askable
            self._greeted = clip(info.name), clip(info.version), agreed_version(handshake)
            self.outbox.put(self._lane.greet(handshake))
            return True
        if self._handshake and self._sdk is None and is_initialized(line):
            name, version, protocol = self._greeted
            self._connection.meet(name, version, protocol=protocol)
            return True
        return False

    def _cancels(self, line: bytes) -> bool:
        """Whether the line cancels a call of the fast lane, which it then has done."""
        key = read_cancelled(line)
        if key is None:
            return False
        self._batches.forget(key)
        return self.calls.cancel(key)

    async def _pass_on(self, line: bytes | None) -> None:
        sdk = await self._attach()
        self._era = await sdk.take(line, era=self._era)

    async def _attach(self) -> SdkStream:
        """Give the SDK's end of the connection, which it has been told all about."""
        async with self._attaching:
            sdk = self._sdk
            if sdk is None:
                sdk = await self._tasks.start(self._run_sdk)
                if self._handshake:
                    await sdk.open(self._handshake, over=self._connection.is_met)
                self._sdk = sdk
            return sdk

    def tell_changed(self, line: bytes) -> None:
        """Tell an older client, once it is past its handshake, that a list changed."""
        if self._era == "older" and self._connection.is_met:
            self.outbox.put_once(line)

    async def end(self) -> None:
        """Let the SDK end, and the client read what it was told."""
        with anyio.move_on_after(END_TIMEOUT):
            if self._sdk is not None:
                await self._sdk.aclose()
            await self.outbox.flush()

    async def _run_sdk(self, *, task_status: TaskStatus[SdkStream]) -> None:
        serving = await self._serving()
        await serving.serve_stream(self.outbox, task_status=task_status)


async def serve_lines(
    lines: AsyncIterator[bytes | None],
    send: SendLines,
    *,
    lane: FastLane,
    serving: Callable[[], Awaitable[Serving]],
    connection: Connection,
    news: News,
    listeners: Listeners,
) -> None:
    """Serve one client that sends a message a line, until its lines end.

    Calls that run then are cancelled. A line that is no message is answered with an error and costs
    nothing else.

    Args:
        lines: Without their newlines; ``None`` is one that was too long.
        send: Takes whole lines; raises ``anyio.BrokenResourceError`` once the client is gone.
        lane: Answers what is plain.
        serving: Gives what answers the rest.
        connection: What the calls are recorded under.
        news: Tells older clients of changes.
        listeners: Tells later ones.

    Raises:
        SlowReader: The client does not read what it is told.
    """
    with unwrapped():
        async with anyio.create_task_group() as tasks:
            client = LineClient(
                lane, serving, connection=connection, listeners=listeners, tasks=tasks
            )
            tasks.start_soon(_write, client.outbox, send, tasks.cancel_scope)
            try:
                async with client.calls.running():
                    with news.told(client.tell_changed):
                        async for line in lines:
                            await client.take(line)
                    await client.end()
            except anyio.BrokenResourceError:
                log.debug("a client went away while it was sending")
            tasks.cancel_scope.cancel()


async def _write(outbox: Outbox, send: SendLines, client: anyio.CancelScope) -> None:
    """Write what the client is told; one that is gone takes its calls with it."""
    try:
        await outbox.run(send)
    except anyio.BrokenResourceError:
        client.cancel()
