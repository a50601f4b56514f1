"""``subscriptions/listen`` over HTTP: a response that is a stream of news while the client stays.

No task waits to send on it: news are written where they are told, as long as the client reads. Who
hears of what is in ``listeners``. Host, Origin, size and sender were checked before (``doors``).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.types import Receive, Scope, Send

from micro.protocol.connections import Connections
from micro.protocol.envelope import MODERN
from micro.protocol.facts import read_facts
from micro.protocol.headers import headers_of
from micro.protocol.identify import CALLER_KEY, http_caller
from micro.protocol.listeners import Listeners, TooManyListeners
from micro.protocol.listenrequest import METHOD, ListenRequest, read_listen
from micro.protocol.parts import WRITE_KEY, Spawn, Write
from micro.protocol.refusals import INTERNAL_ERROR
from micro.protocol.responses import PING, STREAM_HEADERS, respond_json
from micro.protocol.splice import failure

log = logging.getLogger(__name__)


class ListenHttp:
    """Serves those who listen at one endpoint.

    Args:
        listeners: Who hears of what.
        connections: Where it is announced who listens.
    """

    def __init__(self, listeners: Listeners, connections: Connections) -> None:
        self._listeners = listeners
        self._connections = connections

    async def serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> bool:
        """Answer a posted message; false, and nothing done, if that is the SDK's to do.

        Raises:
            Unauthenticated: Nobody knows who sent it.
        """
        request = _read(scope, body)
        if request is None:
            return False
        caller = http_caller(scope.get(CALLER_KEY), *request.client, protocol=MODERN)
        stream = _Stream(send, scope.get(WRITE_KEY), self._listeners.spawn)
        try:
            with self._listeners.listening(request, caller, stream):
                connection = self._connections.open(caller)
                try:
                    await stream.begin()
                    while (await receive())["type"] != "http.disconnect":
                        pass
                finally:
                    stream.close()
                    connection.close()
        except TooManyListeners as error:
            await respond_json(send, 200, failure(request.id, INTERNAL_ERROR, error.message))
        return True


def _read(scope: Scope, body: bytes) -> ListenRequest | None:
    """Read a request whose headers say the same as the body, in plain letters."""
    facts = read_facts(headers_of(scope))
    if facts is None or not facts.is_acceptable or facts.version != MODERN:
        return None
    return read_listen(body) if facts.method == METHOD else None


class _Stream:
    """A response, on which nothing is said again that its client has yet to read."""

    __slots__ = ("_is_over", "_is_sending", "_send", "_spawn", "_unsent", "_write")

    def __init__(self, send: Send, write: Write | None, spawn: Spawn) -> None:
        self._send = send
        self._write = write
        self._spawn = spawn
        self._unsent: dict[bytes, None] = {}
        self._is_sending = True
        self._is_over = False

    async def begin(self) -> None:
        """Send the head, and what is there to be said."""
        headers = list(STREAM_HEADERS)
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._flush()

    def tell(self, messages: Sequence[bytes]) -> None:
        """Send messages, each unless it waits to be sent already."""
        self._put([b"event: message\r\ndata: %b\r\n\r\n" % message for message in messages])

    def nudge(self) -> None:
        """Send a sign of life, if all is read."""
        if not self._is_sending:
            self._put([PING])

    def end(self, message: bytes) -> None:
        """Send the last message, and end the response."""
        if not self._is_over:
            self._unsent[b"event: message\r\ndata: %b\r\n\r\n" % message] = None
            self._is_over = True
            self._wake()

    def close(self) -> None:
        """Send nothing more."""
        self._is_over = True
        self._unsent.clear()

    def _put(self, parts: Sequence[bytes]) -> None:
        if self._is_over:
            return
        if self._is_sending or self._write is None or not self._write(b"".join(parts)):
            self._unsent |= dict.fromkeys(parts)
            self._wake()

    def _wake(self) -> None:
        if not self._is_sending:
            self._is_sending = True
            self._spawn(self._catch_up)

    async def _catch_up(self) -> None:
        try:
            await self._flush()
        except Exception as error:  # servers differ in what they raise of a client that is gone
            log.debug("a listener was not told: %r", error)

    async def _flush(self) -> None:
        """Send what is there, as fast as the client reads."""
        try:
            while self._unsent:
                text, self._unsent = b"".join(self._unsent), {}
                more = not self._is_over
                await self._send({"type": "http.response.body", "body": text, "more_body": more})
        finally:
            self._is_sending = False
