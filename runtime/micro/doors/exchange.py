"""One request past ASGI: its task as uvicorn runs it, and its answer in one write.

What ``direct`` leaves goes to the application after all, with the scope that uvicorn would have
made. When that begins is the connection's to say (``wire``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from micro.doors.heads import Head
from micro.doors.lean import UNHEARD, PartWriter
from micro.doors.tracing import TracedResponse, named_trace
from micro.gateway.traceparent import new_trace_id
from micro.protocol.parts import WRITE_KEY

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

    from micro.doors.wire import DirectProtocol


class Exchange(RequestResponseCycle):
    """A request whose head is known, and its answer; in place of uvicorn's cycle."""

    def __init__(self, protocol: DirectProtocol, head: Head, content: bytes) -> None:
        super().__init__(
            scope=cast("Any", head.scope),
            transport=protocol.transport,
            flow=protocol.flow,
            logger=protocol.logger,
            access_logger=protocol.access_logger,
            access_log=protocol.access_log,
            default_headers=protocol.server_state.default_headers,
            message_event=cast("asyncio.Event", UNHEARD),
            expect_100_continue=False,
            keep_alive=True,
            on_response=protocol.on_response_complete,
        )
        self._protocol = protocol
        self._head = head
        self._content = content
        self._told: Callable[[], None] | None = None

    def run_asgi(self, app: ASGI3Application) -> CoroutineType[Any, Any, None]:
        """Answer, on the short way or on the usual one."""
        return super().run_asgi(cast("ASGI3Application", self._answer))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace_id = named_trace(self._content) or new_trace_id()
        response = _WholeResponse(self, trace_id)
        posts = self._protocol.posts
        if not await posts.answer(
            self._head, self._content, trace_id=trace_id, response=response, receive=receive
        ):
            whole = self._whole_scope()
            self.scope = cast("Any", whole)
            self.body, self.more_body = bytearray(self._content), False
            self.message_event = asyncio.Event()
            self.message_event.set()
            await self._protocol.application(whole, receive, send)

    def on_hangup(self, tell: Callable[[], None] | None) -> None:
        """Tell once the client hangs up, at once if it has; ``None``: nobody any more."""
        self._told = tell
        if self.disconnected:
            self.hung_up()

    def hung_up(self) -> None:
        """Know that the client has (the connection calls this)."""
        if self._told is not None:
            self._told()

    def _whole_scope(self) -> Scope:
        """Give the scope that uvicorn would have made of the request."""
        protocol, known = self._protocol, self._head.scope
        length = b"%d" % len(self._content)
        return {
            **known,
            "server": protocol.server,
            "client": protocol.client,
            "scheme": protocol.scheme,
            "headers": [
                (name, length if name == b"content-length" else value)
                for name, value in known["headers"]
            ],
            "state": protocol.app_state.copy(),
            WRITE_KEY: PartWriter(self.transport, self.flow),
        }

    async def write(self, status: int, lines: bytes, body: bytes) -> None:
        """Write a whole answer; ``lines`` are the headers that only this one has."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started = self.response_complete = True
        closing = b"" if self.keep_alive else b"connection: close\r\n"
        begin = _begin(status, *self.default_headers)
        head = b"%bcontent-length: %d\r\n%b%b\r\n" % (begin, len(body), lines, closing)
        self.transport.write(head + body)
        if closing:
            self.transport.close()
        self.on_response()


class _WholeResponse(TracedResponse):
    """A response that leaves in one write, if it is no stream."""

    def __init__(self, exchange: Exchange, trace_id: str) -> None:
        super().__init__(cast("Send", exchange.send), trace_id)
        self.on_hangup = exchange.on_hangup
        self._exchange = exchange

    async def _send_whole(self, status: int, body: bytes) -> None:
        lines = b""
        for header in self._own_headers():
            lines += b"%b: %b\r\n" % header
        await self._exchange.write(status, lines, body)


@lru_cache(maxsize=16)
def _begin(status: int, *headers: tuple[bytes, bytes]) -> bytes:
    """Give how an answer begins; ``headers`` go out with every one."""
    phrase = HTTPStatus(status).phrase.encode()
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%bcontent-type: application/json\r\n" % (status, phrase, lines)
