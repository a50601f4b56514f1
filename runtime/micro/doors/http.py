"""The HTTP door: one ASGI application with MCP, REST and health behind the same checks.

Runs on a server of its own (``web``) or mounted in somebody's application. What the paths answer is
elsewhere: ``protocol`` and ``rest``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Message, Receive, Scope, Send

from micro.calls import Caller
from micro.doors.access import Access
from micro.doors.apidocs import JSON_PATH, PAGE_PATH, ApiDocs
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
from micro.doors.direct import DirectPosts, stopped
from micro.doors.held import HeldStreams
from micro.doors.lifespan import Lifespan, follow
from micro.doors.posts import answer_post
from micro.doors.requests import one_at_a_time
from micro.doors.rest import CALL_PATH, RestDoor
from micro.doors.routes import Methods, Routes
from micro.doors.sse import POST_PATH, STREAM_PATH, SseDoor
from micro.doors.tracing import begin_trace, follow_message, trace_header
from micro.doors.verdicts import METADATA_PATH, refusal_problem
from micro.doors.websocket import WebSocketDoor
from micro.errors import Refused
from micro.gateway.auth.auth import Auth
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identify import CALLER_KEY
from micro.protocol.listenrequest import METHOD
from micro.protocol.older import is_older

log = logging.getLogger(__name__)

MCP_PATH = "/mcp"
LISTEN = METHOD.encode()
"""In every message that asks for a stream of news."""


class HttpApp:
    """The ASGI application.

    Args:
        endpoint: What answers MCP; its gateway answers REST.
        access: Which hosts and origins are taken.
        auth: What is asked who calls, where that is not the gateway's.
        lifespan: What has to run while the application serves, entered by ``lifespan``. By default
            the endpoint itself; who runs that elsewhere never enters it.
        sse: Whether HTTP+SSE of 2024-11-05 is served too, for clients that have nothing newer.

    Attributes:
        direct: Answers what a server can pass on without ASGI.
    """

    def __init__(
        self,
        endpoint: McpEndpoint,
        *,
        access: Access | None = None,
        auth: Auth | None = None,
        lifespan: Lifespan | None = None,
        sse: bool = False,
    ) -> None:
        rest = RestDoor(endpoint.gateway)
        auth = auth or endpoint.gateway.auth
        self._auth = HttpAuth(endpoint.gateway, auth)
        self._endpoint = endpoint
        self._access = access or Access()
        self._lifespan = lifespan or endpoint.running
        self._batches = Batches(lambda: endpoint.sessions, self._answer_message)
        self._websocket = WebSocketDoor(endpoint, access=self._access, auth=self._auth)
        self._streams = HeldStreams(self._auth.is_asked, self._auth.outlive)
        self.direct = DirectPosts(endpoint, access=self._access, auth=self._auth, path=MCP_PATH)
        self._routes = Routes(self._paths(rest, sse=sse), rest)

    def _paths(self, rest: RestDoor, *, sse: bool) -> dict[str, Methods]:
        docs = ApiDocs(self._endpoint)
        paths: dict[str, Methods] = {
            MCP_PATH: {"POST": self._post, "GET": self._stream, "DELETE": self._end},
            "/mcp/tools": {"GET": rest.list_tools},
            CALL_PATH: {"POST": rest.call},
            JSON_PATH: {"GET": docs.describe},
            PAGE_PATH: {"GET": docs.show},
            "/health": {"GET": self._health, "HEAD": self._health},
        }
        if sse:
            old = SseDoor(self._endpoint, auth=self._auth)
            paths[STREAM_PATH] = {"GET": partial(self._streams.hold, old.stream)}
            paths[POST_PATH] = {"POST": old.post}
        if self._auth.has_metadata:
            for path in (METADATA_PATH, f"{METADATA_PATH}{MCP_PATH}"):
                paths[path] = {"GET": self._auth.describe}
        return paths

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncGenerator[None]:
        """Run what serves; pass it to a Starlette or FastAPI application that mounts this one."""
        async with self._lifespan():
            yield

    def end_streams(self) -> None:
        """End the streams on which clients wait for news: the server is about to stop."""
        self.direct.is_stopping = True
        self._endpoint.end_streams()
        self._streams.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's lifespan."""
        if scope["type"] == "lifespan":
            await follow(self._lifespan, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif begin := await answer_post(self.direct, scope, receive, send):
            await self._answer_or_say_why(scope, begin, send)

    async def _answer_or_say_why(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False
        begin_trace(scope)

        def watched(message: Message) -> Awaitable[None]:
            nonlocal began
            if not began:
                began = True
                message["headers"] = [*message["headers"], trace_header(scope)]
            return send(message)

        try:
            await self._answer(scope, receive, watched)
        except Problem as problem:
            await respond_problem(watched, problem)
        except Refused as refusal:
            await respond_problem(watched, refusal_problem(refusal, scope))
        except ClientGone:
            log.debug("a client went away before its request was whole")
        except asyncio.CancelledError:  # by the server, once a request has had its time to end
            if not self.direct.is_stopping:
                raise
            if not began:
                await respond_problem(watched, stopped())

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._access.check(scope)
        if not self._endpoint.is_running:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "not_running",
                message="the application that mounts this one has not started it",
                mend="pass lifespan=app.lifespan to it, or enter app.lifespan() yourself",
            )
        handler = self._routes.find(path_of(scope), scope["method"])
        await self._auth.admit(scope)
        await handler(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message, or a batch of them."""
        body = await read_body(scope, receive)
        if not await self._batches.serve(scope, body, send):
            await self._answer_message(scope, body, receive, send)

    async def _answer_message(
        self, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        """Answer a message on the fast lane, or let the SDK."""
        follow_message(scope, body)
        if await self._endpoint.fast_http.serve(scope, body, receive, send):
            return
        if await self._auth.refuse(scope, body, send):
            return
        if is_older(scope):
            await self._answer_older(scope, body, receive, send)
        elif LISTEN in body:
            listen = partial(self._listen, body)
            await self._streams.hold(listen, scope, receive, send, has_last_word=True)
        else:
            await self._pass_on(scope, replay(body, receive), send)

    async def _listen(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell a client of changes for as long as it stays, or let the SDK."""
        if not await self._endpoint.listening.serve(scope, body, receive, send):
            await self._pass_on(scope, replay(body, receive), send)

    async def _answer_older(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Answer what an older client has posted."""
        if await self._endpoint.older.take(scope, body, send):
            return
        with one_at_a_time(self._endpoint.sessions, scope, body):
            serving = await self._endpoint.serving()
            await serving.serve_older(scope, body, receive, send)

    async def _end(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End an older client's session."""
        self._auth.check(scope)
        if is_older(scope):
            await self._endpoint.older.end(scope, send)
        else:
            await self._pass_on(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream in an older client's session, or go on with one."""
        await self._auth.open(scope, "http")
        if is_older(scope):
            listen = self._endpoint.older.listen
            await self._streams.hold(listen, scope, receive, send, has_last_word=True)
        else:
            await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the SDK answer, with the headers as HTTP means them: httptools leaves blanks."""
        serving = await self._endpoint.serving()
        headers = [
            (key, value.strip(b" \t") if key.startswith(b"mcp-") else value)
            for key, value in scope["headers"]
        ]
        await serving.serve_http({**scope, "headers": headers}, receive, send)

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that the server runs; what it is, only to who may know."""
        body: dict[str, Any] = {"status": "ok"}
        if self._auth.knows(scope):
            identity = self._endpoint.identity
            tools = self._endpoint.gateway.tools(scope.get(CALLER_KEY) or Caller(door="http"))
            body |= {"name": identity.name, "version": identity.version, "tools": len(tools)}
        await respond(send, HTTPStatus.OK, msgspec.json.encode(body))
