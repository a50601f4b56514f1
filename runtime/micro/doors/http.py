"""The HTTP door: one ASGI application with MCP, REST and health behind the same checks.

Runs on a server of its own (``web``) or mounted in somebody's application. What the paths answer is
elsewhere: ``protocol`` and ``rest``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import anyio
import msgspec
from starlette.types import Message, Receive, Scope, Send

from micro.calls import Caller
from micro.doors.access import Access
from micro.doors.asgi import (
    ClientGone,
    Problem,
    path_of,
    read_body,
    replay,
    respond,
    respond_problem,
)
from micro.doors.auth import HttpAuth
from micro.doors.batches import Batches
from micro.doors.lifespan import Lifespan, follow
from micro.doors.requests import one_at_a_time
from micro.doors.rest import CALL_PATH, RestDoor
from micro.doors.verdicts import METADATA_PATH, refusal_problem
from micro.doors.websocket import WebSocketDoor
from micro.errors import Refused
from micro.gateway.auth.auth import Auth
from micro.protocol.endpoint import McpEndpoint

log = logging.getLogger(__name__)

MCP_PATH = "/mcp"

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class HttpApp:
    """The ASGI application.

    Args:
        endpoint: What answers MCP; its gateway answers REST.
        access: Which hosts and origins are taken.
        auth: What is asked who calls, where that is not the gateway's.
        lifespan: What has to run while the application serves, entered by ``lifespan``. By default
            the endpoint itself; who runs that elsewhere never enters it.
    """

    def __init__(
        self,
        endpoint: McpEndpoint,
        *,
        access: Access | None = None,
        auth: Auth | None = None,
        lifespan: Lifespan | None = None,
    ) -> None:
        rest = RestDoor(endpoint.gateway)
        auth = auth or endpoint.gateway.auth
        self._auth = HttpAuth(endpoint.gateway, auth)
        self._endpoint = endpoint
        self._rest = rest
        self._access = access or Access()
        self._lifespan = lifespan or endpoint.running
        self._batches = Batches(lambda: endpoint.sessions, self._answer_message)
        self._websocket = WebSocketDoor(endpoint, access=self._access, auth=self._auth)
        self._streams: set[anyio.CancelScope] = set()
        self._stopping = False
        self._routes: dict[str, dict[str, Handler]] = {
            MCP_PATH: {"POST": self._post, "GET": self._stream, "DELETE": self._end},
            "/mcp/tools": {"GET": rest.list_tools},
            CALL_PATH: {"POST": rest.call},
            "/health": {"GET": self._health, "HEAD": self._health},
        }
        if auth.issuers:
            for path in (METADATA_PATH, f"{METADATA_PATH}{MCP_PATH}"):
                self._routes[path] = {"GET": self._auth.describe}

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncGenerator[None]:
        """Run what serves; pass it to a Starlette or FastAPI application that mounts this one."""
        async with self._lifespan():
            yield

    def end_streams(self) -> None:
        """End the streams on which clients wait for news: the server is about to stop."""
        self._stopping = True
        self._endpoint.end_streams()
        for stream in self._streams:
            stream.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's lifespan."""
        if scope["type"] == "lifespan":
            await follow(self._lifespan, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._answer_or_say_why(scope, receive, send)

    async def _answer_or_say_why(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._answer(scope, receive, watched)
        except Problem as problem:
            await respond_problem(send, problem)
        except Refused as refusal:
            await respond_problem(send, refusal_problem(refusal, scope))
        except ClientGone:
            log.debug("a client went away before its request was whole")
        except asyncio.CancelledError:  # by the server, once a request has had its time to end
            if not self._stopping:
                raise
            if not began:
                await respond_problem(send, _stopped())

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._access.check(scope)
        if not self._endpoint.is_running:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "not_running",
                message="the application that mounts this one has not started it",
                mend="pass lifespan=app.lifespan to it, or enter app.lifespan() yourself",
            )
        handler = self._route(path_of(scope), scope["method"])
        await self._auth.admit(scope)
        await handler(scope, receive, send)

    def _route(self, path: str, method: str) -> Handler:
        methods = self._routes.get(path)
        if methods is None:
            methods = self._tool_route(path)
        if methods is None:
            known = ", ".join([*self._routes, f"{CALL_PATH}/SERVICE/TOOL"])
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "unknown_path",
                message=f"there is nothing at {path[:200]!r}",
                mend=f"the paths are {known}",
            )
        if method not in methods:
            allowed = ", ".join(methods)
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "wrong_method",
                message=f"{path[:200]!r} does not take {method[:20]}",
                mend=f"use {allowed}",
                headers=[(b"allow", allowed.encode())],
            )
        return methods[method]

    def _tool_route(self, path: str) -> dict[str, Handler] | None:
        service, _, tool = path.removeprefix(f"{CALL_PATH}/").partition("/")
        if not path.startswith(f"{CALL_PATH}/") or not service or not tool or "/" in tool:
            return None

        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            await self._rest.call_named(scope, receive, send, name=f"{service}.{tool}")

        return {"POST": call}

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message, or a batch of them."""
        body = await read_body(scope, receive)
        if not await self._batches.serve(scope, body, send):
            await self._answer_message(scope, body, receive, send)

    async def _answer_message(
        self, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        """Answer a message on the fast lane, or let the SDK."""
        if await self._auth.refuse(scope, body, send):
            return
        if await self._endpoint.fast_http.serve(scope, body, receive, send):
            return
        with one_at_a_time(self._endpoint.sessions, scope, body):
            await self._pass_on(scope, replay(body, receive), send)

    async def _end(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End an older client's session."""
        self._auth.check(scope)
        self._endpoint.fast_http.forget(scope)
        await self._pass_on(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open an older session's stream of news; it ends when the server is about to stop."""
        self._auth.check(scope)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with anyio.CancelScope() as stream:
            self._streams.add(stream)
            try:
                await self._pass_on(scope, receive, watched)
            finally:
                self._streams.discard(stream)
        if not stream.cancelled_caught:
            return
        if not started:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "stopping", message="the server stops")
        await send({"type": "http.response.body", "body": b""})

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the protocol answer, with its headers as HTTP means them: httptools leaves blanks."""
        serving = await self._endpoint.serving()
        headers = [
            (key, value.strip(b" \t") if key.startswith(b"mcp-") else value)
            for key, value in scope["headers"]
        ]
        await serving.serve_http({**scope, "headers": headers}, receive, send)

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = self._endpoint.identity
        tools = self._endpoint.gateway.tools(Caller(door="http"))
        body = {
            "status": "ok",
            "name": identity.name,
            "version": identity.version,
            "tools": len(tools),
        }
        await respond(send, HTTPStatus.OK, msgspec.json.encode(body))


def _stopped() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "stopping",
        message="the server stopped before the call ended; it may have done part of its work",
        mend="check what was done, then call again once the server is back",
    )
