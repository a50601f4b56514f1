"""Reaching a runtime that is elsewhere: the control protocol over a WebSocket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from micro.control.client import ControlClient, steering
from micro.errors import ConfigError, StartError, unwrapped

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATH = "/micro/control"
OPEN_TIMEOUT = 10.0
_CHUNK = 64 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MENDS = {
    401: "pass a token of that project with --token or MICRO_TOKEN",
    403: "the token has to name the scope micro:control: micro auth token create",
    404: 'turn it on there: control = true in [tool.micro.http], or "micro attach" on that machine',
    421: "use the host name or address that the runtime serves",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A runtime on another machine.

    Attributes:
        url: Where its HTTP door is, as ``https://host:3000``.
        token: One that names the scope ``micro:control``.
    """

    url: str
    token: str


def control_url(url: str) -> str:
    """Give the WebSocket's address for a runtime's, as ``https://host:3000``.

    Raises:
        ConfigError: It is no address of a runtime, or would carry the token in the clear.
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None:
        raise ConfigError(f"{url!r} is no address of a runtime", mend="write https://HOST:PORT")
    scheme = schemes[parts.scheme]
    if scheme == "ws" and parts.hostname not in _LOOPBACK:
        raise ConfigError(
            f"{url} would carry the token in the clear",
            mend="use https://, or a tunnel: ssh -L 3000:127.0.0.1:3000 HOST",
        )
    return f"{scheme}://{parts.netloc}{PATH}"


@asynccontextmanager
async def connect_over_web(where: Elsewhere) -> AsyncGenerator[ControlClient]:
    """Connect to a runtime elsewhere.

    Raises:
        ConfigError: The address is none.
        StartError: It is not there, or does not take the token.
    """
    web = await _open(control_url(where.url), where)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    try:
        with ours, unwrapped():
            async with anyio.create_task_group() as tasks, steering(theirs) as client:
                tasks.start_soon(_send_all, ours, web)
                tasks.start_soon(_receive_all, ours, web)
                yield client
                tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(1, shield=True):
            await web.close()


async def _open(address: str, where: Elsewhere) -> ClientConnection:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    headers = {"Authorization": f"Bearer {where.token}"} if where.token else {}
    local = urlsplit(address).hostname in _LOOPBACK
    try:
        return await connect(
            address,
            additional_headers=headers,
            compression=None,
            proxy=None if local else True,
            max_size=None,
            open_timeout=OPEN_TIMEOUT,
            process_exception=lambda error: error,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        raise StartError(f"{where.url} answered {status}", mend=_MENDS.get(status)) from error
    except (OSError, WebSocketException) as error:
        message = f"{where.url} cannot be reached: {error}"
        raise StartError(message, mend="is it running, and is this its address?") from error


async def _send_all(sock: socket.socket, web: ClientConnection) -> None:
    from websockets.exceptions import ConnectionClosed

    loop = asyncio.get_running_loop()
    with suppress(OSError, ConnectionClosed):
        while data := await loop.sock_recv(sock, _CHUNK):
            await web.send(data)


async def _receive_all(sock: socket.socket, web: ClientConnection) -> None:
    """Pass on what comes; the end of it is the end of the socket."""
    from websockets.exceptions import ConnectionClosed

    loop = asyncio.get_running_loop()
    with suppress(OSError, ConnectionClosed):
        while True:
            data = await web.recv(decode=False)
            await loop.sock_sendall(sock, data)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
