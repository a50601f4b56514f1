"""MCP as lines of JSON: over this process's standard streams, and over the project's Unix socket.

What the lines say is ``protocol``'s; what the bridge of an agent does at its end of the socket is
its own.
"""

from __future__ import annotations

import logging
import os
import socket

import anyio
import msgspec
from anyio.abc import ByteStream, SocketStream, TaskStatus

from micro.calls import Caller, Door
from micro.doors.lines import LineStream
from micro.doors.pipes import standard_streams
from micro.protocol.endpoint import MESSAGE_LIMIT, McpEndpoint
from micro.protocol.envelope import NOT_JSON
from micro.protocol.outbox import SlowReader
from micro.system.nearby import admit

log = logging.getLogger(__name__)

HELLO_TIMEOUT = 5.0
"""Seconds that a client of the socket has for its first line."""

ACCEPT_PAUSE = 0.5
"""Seconds without new clients after the system refused one."""

TOKEN_VARIABLE = "MICRO_TOKEN"
"""What a client over standard streams has its token in: arguments can be read by everyone."""

PROTOCOL = 1
"""Version of the hello."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """A client's first line on the socket; everything after it is MCP.

    ``token`` is what the agent's environment has as ``MICRO_TOKEN``.
    """

    micro: int
    pid: int
    client: str = "stdio"
    token: str = ""


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime's answer. ``tools_hash`` tells a client that came back whether to list again."""

    micro: int = PROTOCOL
    pid: int
    tools_hash: str


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime's answer to what is not a hello; it closes after it."""

    micro: int = PROTOCOL
    error: str


async def serve_stdio(endpoint: McpEndpoint) -> None:
    """Serve the client at this process's standard streams until it closes its end."""
    with standard_streams() as stream:
        await serve_stream(stream, endpoint)


async def serve_stream(stream: ByteStream, endpoint: McpEndpoint, *, door: Door = "stdio") -> None:
    """Serve one client over a stream until its end; calls that run then are cancelled.

    Its token, if it needs one, is this process's ``MICRO_TOKEN``.
    """
    caller = await _identify(endpoint, os.environ.get(TOKEN_VARIABLE, ""), door)
    await _serve_lines(LineStream(stream, limit=MESSAGE_LIMIT), endpoint, caller)


async def serve_socket(
    listener: socket.socket,
    endpoint: McpEndpoint,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve every client that connects to a socket of ``listen_near``, until cancelled.

    A client of another user is turned away; one that fails harms no other.
    """
    listener.setblocking(False)
    async with anyio.create_task_group() as tasks:
        task_status.started()
        while True:
            await anyio.wait_readable(listener)
            try:
                peer, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue
            except OSError as error:  # no file descriptors left, for instance
                log.warning("a client could not connect: %s", error)
                await anyio.sleep(ACCEPT_PAUSE)
                continue
            peer.setblocking(False)
            tasks.start_soon(_serve_peer, peer, listener, endpoint)


async def _serve_peer(peer: socket.socket, listener: socket.socket, endpoint: McpEndpoint) -> None:
    if not await admit(peer, listener):
        log.warning("turned away a client of another user on the project's socket")
        peer.close()
        return
    async with await SocketStream.from_socket(peer) as stream:
        try:
            lines = LineStream(stream, limit=MESSAGE_LIMIT)
            hello = await _welcome(lines, endpoint)
            if hello is not None:
                caller = await _identify(endpoint, hello.token, "stdio")
                await _serve_lines(lines, endpoint, caller)
        except Exception:
            log.exception("a connection on the project's socket failed")


async def _serve_lines(lines: LineStream, endpoint: McpEndpoint, caller: Caller) -> None:
    try:
        await endpoint.serve_lines(lines.lines(), lines.send_all, caller=caller)
    except SlowReader as slow:
        log.warning("a client over lines was given up: %s", slow.message)


async def _identify(endpoint: McpEndpoint, token: str, door: Door) -> Caller:
    """Say who is at the other end; one whose token is not taken is told so at every call."""
    return await endpoint.gateway.auth.identify(Caller(door=door), token)


async def _welcome(lines: LineStream, endpoint: McpEndpoint) -> Hello | None:
    """Take the hello and answer it; ``None`` if it is none."""
    line, hello = None, None
    with anyio.move_on_after(HELLO_TIMEOUT):
        line = await lines.read_line()
    answer: Welcome | Rejection
    try:
        hello = msgspec.json.decode(line or b"", type=Hello)
    except NOT_JSON:
        answer = Rejection(error='the first line has to be {"micro":1,"pid":<yours>}')
    else:
        if hello.micro == PROTOCOL:
            answer = Welcome(pid=os.getpid(), tools_hash=endpoint.gateway.tools_digest)
        else:
            answer = Rejection(error=f"this runtime speaks version {PROTOCOL} of the socket")
    try:
        await lines.send(msgspec.json.encode(answer) + b"\n")
    except anyio.BrokenResourceError:
        return None
    return hello if isinstance(answer, Welcome) else None
