"""HTTP+SSE, the transport of 2024-11-05, for clients that have no other: behind a switch.

A client opens a stream, on which it is told where to post; what it posts is answered on the stream.
What the messages say is ``protocol``'s, as over lines. Which hosts and origins are taken is asked
before (``http``).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qs

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from micro.calls import Caller
from micro.doors.asgi import Problem, read_body, respond
from micro.doors.auth import HttpAuth
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identify import CALLER_KEY
from micro.protocol.longcalls import PULSE
from micro.protocol.outbox import SlowReader
from micro.protocol.responses import STREAM_HEADERS

log = logging.getLogger(__name__)

STREAM_PATH = "/mcp/sse"
POST_PATH = "/mcp/messages"

CLIENTS = 1_000
"""Streams that are open at the same time."""

TAKE_TIMEOUT = 30.0
"""Seconds that a posted message waits for its client to read what it was answered before."""


class SseDoor:
    """Serves the streams of one endpoint, and takes what is posted for them.

    Args:
        endpoint: What answers.
        auth: Asks who opens a stream, and who posts.
        period: Seconds between two signs of life on a stream.
    """

    def __init__(self, endpoint: McpEndpoint, *, auth: HttpAuth, period: float = PULSE) -> None:
        self._endpoint = endpoint
        self._auth = auth
        self._period = period
        self._clients: dict[str, _Client] = {}

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream, and serve its client until it leaves."""
        await self._auth.open(scope, "sse")
        if len(self._clients) >= CLIENTS:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too_many_streams",
                message=f"{CLIENTS} streams are open already",
                mend="close one, or use /mcp, which needs none",
            )
        key = secrets.token_urlsafe(24)
        to_client, messages = anyio.create_memory_object_stream[bytes](0)
        client = self._clients[key] = _Client(_caller(scope), to_client)
        try:
            async with to_client, messages:
                where = f"{scope.get('root_path', '')}{POST_PATH}?session_id={key}"
                await self._serve(client, messages, where, exchange=(receive, send))
        finally:
            del self._clients[key]

    async def _serve(
        self,
        client: _Client,
        messages: MemoryObjectReceiveStream[bytes],
        where: str,
        *,
        exchange: tuple[Receive, Send],
    ) -> None:
        receive, send = exchange
        stream = _Stream(send)
        async with anyio.create_task_group() as tasks:
            await stream.begin(where)
            tasks.start_soon(_close_with_client, receive, client)
            tasks.start_soon(stream.keep_alive, self._period)
            try:
                serve = self._endpoint.serve_lines
                await serve(messages, stream.send_all, caller=client.caller)
            except SlowReader as slow:
                log.warning("a client over HTTP+SSE was given up: %s", slow.message)
            tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message for a stream; it is answered there."""
        self._auth.check(scope)
        client = self._find(scope)
        body = await read_body(scope, receive)
        try:
            with anyio.fail_after(TAKE_TIMEOUT):
                await client.to_client.send(body)
        except TimeoutError as error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "slow_reader",
                message="what was answered on the stream is not read",
                mend="read the stream, then send again",
            ) from error
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise _unknown() from error
        await respond(send, HTTPStatus.ACCEPTED, b"Accepted")

    def _find(self, scope: Scope) -> _Client:
        """Give the stream that a message is posted for, which is its owner's alone."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        client = self._clients.get("".join(query.get("session_id", ())))
        if client is None or client.caller.subject != _caller(scope).subject:
            raise _unknown()
        return client


class _Client:
    """Who opened a stream, and what hands on its messages."""

    __slots__ = ("caller", "to_client")

    def __init__(self, caller: Caller, to_client: MemoryObjectSendStream[bytes]) -> None:
        self.caller = caller
        self.to_client = to_client


class _Stream:
    """Events on their way to one client."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sending = anyio.Lock()

    async def begin(self, where: str) -> None:
        """Say where the client posts."""
        headers = list(STREAM_HEADERS)
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(b"event: endpoint\r\ndata: %b\r\n\r\n" % where.encode())

    async def send_all(self, messages: Sequence[bytes]) -> None:
        """Send messages, each an event."""
        await self._write(b"".join(b"event: message\r\ndata: %b\r\n\r\n" % m for m in messages))

    async def keep_alive(self, period: float) -> None:
        """Give a sign of life now and then: proxies cut connections that are silent."""
        while True:
            await anyio.sleep(period)
            await self._write(b": ping\r\n\r\n")

    async def _write(self, data: bytes) -> None:
        async with self._sending:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})


async def _close_with_client(receive: Receive, client: _Client) -> None:
    """Take nothing more once the client has hung up, which ends its stream."""
    while (await receive())["type"] != "http.disconnect":
        pass
    client.to_client.close()


def _caller(scope: Scope) -> Caller:
    return replace(scope.get(CALLER_KEY) or Caller(door="sse"), door="sse")


def _unknown() -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "unknown_session",
        message="there is no such stream of yours",
        mend=f"open one with GET {STREAM_PATH}, and keep it open",
    )
