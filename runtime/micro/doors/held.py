"""HTTP responses that stay open for as long as the client does.

They end before that when the server is to stop, and when who opened them is not known any more.
Knows nothing of what is said on them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import anyio
from starlette.types import Message, Receive, Scope, Send

from micro.doors.asgi import Problem
from micro.doors.routes import Handler
from micro.errors import unwrapped


class HeldStreams:
    """The streams of one application that are open.

    Args:
        is_asked: Whether it is asked who sends a request, and so may not be known one day.
        outlive: Returns once who sent one is not known any more.
    """

    def __init__(
        self, is_asked: Callable[[Scope], bool], outlive: Callable[[Scope], Awaitable[object]]
    ) -> None:
        self._is_asked = is_asked
        self._outlive = outlive
        self._open: set[anyio.CancelScope] = set()

    def end(self) -> None:
        """End every one that has no last word of its own."""
        for stream in self._open:
            stream.cancel()

    async def hold(
        self,
        serve: Handler,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        has_last_word: bool = False,
    ) -> None:
        """Let ``serve`` answer with a stream, until it is done or has to end.

        Args:
            serve: Answers.
            scope: The request's, as ``receive`` and ``send`` are.
            receive: Gives its body.
            send: Takes its answer.
            has_last_word: Whether it ends by itself when the server is to stop.

        Raises:
            Problem: It has to end before it has begun.
        """
        if has_last_word and not self._is_asked(scope):
            await serve(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with anyio.CancelScope() as stream:
            if not has_last_word:
                self._open.add(stream)
            try:
                await self._while_known(stream, serve(scope, receive, watched), scope)
            finally:
                self._open.discard(stream)
        if not stream.cancel_called:
            return
        if not started:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "stopping", message="the server stops")
        await send({"type": "http.response.body", "body": b""})

    async def _while_known(
        self, stream: anyio.CancelScope, served: Awaitable[None], scope: Scope
    ) -> None:
        """Let a stream go on for as long as its reader is known."""
        if not self._is_asked(scope):
            await served
            return
        with unwrapped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._end_with_sender, scope, stream)
                await served
                tasks.cancel_scope.cancel()

    async def _end_with_sender(self, scope: Scope, stream: anyio.CancelScope) -> None:
        await self._outlive(scope)
        stream.cancel()
