"""The little of HTTP that the doors need: headers, bounded bodies, JSON answers, problems.

Knows nothing of the paths (``http``), nor of who may ask (``access``).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Protocol

import anyio
import msgspec
from starlette.types import Message, Receive, Scope, Send

from micro.errors import MicroError
from micro.protocol.endpoint import MESSAGE_LIMIT
from micro.protocol.headers import headers_of
from micro.protocol.responses import respond_json

BODY_TIMEOUT = 30.0
"""Seconds that a client has to send a body that does not come at once."""

DRAIN_TIMEOUT = 2.0
"""Seconds for which the rest of a body that is refused is read and thrown away."""

Header = tuple[bytes, bytes]


class WebApp(Protocol):
    """An ASGI application that can be asked to let go of clients that wait for news.

    One that has ``direct`` is passed what that answers without ASGI.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        ...

    def end_streams(self) -> None:
        """End the streams that would stay open for ever."""
        ...


class Problem(MicroError):
    """A request that is answered with an HTTP error.

    Args:
        status: The HTTP status.
        kind: For machines, as ``bad_host``.
        message: For people, with the value.
        mend: What to do about it.
        headers: Go out with the answer.
    """

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        *,
        message: str,
        mend: str | None = None,
        headers: Sequence[Header] = (),
    ) -> None:
        super().__init__(message, mend=mend)
        self.status = status
        self.kind = kind
        self.headers = tuple(headers)


class ClientGone(Exception):
    """The client went away before its request was whole."""


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Give every value of a header, in order; ``name`` in lower case."""
    return [value.decode("latin-1").strip(" \t") for value in headers_of(scope).all(name)]


def header(scope: Scope, name: bytes) -> str:
    """Give a header's first value, empty if there is none."""
    return headers_of(scope).first.get(name, b"").decode("latin-1").strip(" \t")


def path_of(scope: Scope) -> str:
    """Give the path below where the application is mounted, without a slash at its end."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root):
        path = path[len(root) :]
    return path.rstrip("/") or "/"


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Give the whole body of a request.

    Raises:
        Problem: It is larger than a message may be, as declared or as it comes; or it is too slow.
        ClientGone: The client left in the middle.
    """
    if _declares_too_much(scope):
        if header(scope, b"expect").lower() != "100-continue":
            await _drain(receive)
        raise _too_large()
    message = await receive()
    body = _part(message)
    if not message.get("more_body", False):
        if len(body) > MESSAGE_LIMIT:
            raise _too_large()
        return body
    with anyio.move_on_after(BODY_TIMEOUT):
        whole = await _read_rest(body, receive)
        if whole is None:
            await _drain(receive)
            raise _too_large()
        return whole
    raise Problem(
        HTTPStatus.REQUEST_TIMEOUT,
        "slow_body",
        message=f"the body was not whole after {BODY_TIMEOUT:.0f} seconds",
        headers=[(b"connection", b"close")],
    )


def _declares_too_much(scope: Scope) -> bool:
    declared = headers_of(scope).first.get(b"content-length", b"").strip(b" \t")
    return declared.isdigit() and int(declared) > MESSAGE_LIMIT


async def _read_rest(start: bytes, receive: Receive) -> bytes | None:
    """Give the whole body, ``None`` if it grows too large."""
    body, more = bytearray(start), True
    while more:
        message = await receive()
        body += _part(message)
        if len(body) > MESSAGE_LIMIT:
            return None
        more = message.get("more_body", False)
    return bytes(body)


async def _drain(receive: Receive) -> None:
    """Read what the client still sends: one that is cut off while it sends sees no answer."""
    with anyio.move_on_after(DRAIN_TIMEOUT):
        more = True
        while more:
            message = await receive()
            _part(message)
            more = message.get("more_body", False)


def _part(message: Message) -> bytes:
    if message["type"] != "http.request":
        raise ClientGone
    body: bytes = message.get("body", b"")
    return body


def _too_large() -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        message=f"the body is larger than {MESSAGE_LIMIT} bytes",
        mend="send less at once",
        headers=[(b"connection", b"close")],
    )


def replay(body: bytes, receive: Receive) -> Receive:
    """Give a ``receive`` that starts with a body that was read already."""
    return repeat({"type": "http.request", "body": body, "more_body": False}, receive)


def repeat(message: Message, receive: Receive) -> Receive:
    """Give a ``receive`` that starts with a message that was received already."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return message

    return again


async def respond(
    send: Send, status: HTTPStatus, body: bytes, *, headers: Sequence[Header] = ()
) -> None:
    """Send a whole JSON answer."""
    await respond_json(send, int(status), body, headers=headers)


async def respond_problem(send: Send, problem: Problem) -> None:
    """Send a problem."""
    await respond(send, problem.status, problem_text(problem), headers=problem.headers)


def problem_text(problem: Problem) -> bytes:
    """Give a problem as ``{"error": {"kind", "message", "mend"}}``."""
    error: dict[str, Any] = {"kind": problem.kind, "message": problem.message}
    if problem.mend:
        error["mend"] = problem.mend
    return msgspec.json.encode({"error": error})
