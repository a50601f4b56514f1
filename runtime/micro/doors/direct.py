"""Posts to the MCP address whose head is known: answered at once, if the fast lane takes them.

The checks are those of every other request: those of the head were made when it was learnt, those
of the sender and of the message are made each time. What it leaves is answered the usual way
(``http``). Knows nothing of how posts come: past ASGI (``wire``) or by it (``posts``).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus

from starlette.types import Receive, Scope

from micro.doors.access import Access
from micro.doors.asgi import Problem, problem_text
from micro.doors.auth import HttpAuth, token_of
from micro.doors.heads import Head, Heads, ParsedHeads
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.facts import read_facts
from micro.protocol.fasthttp import Post
from micro.protocol.headers import headers_of
from micro.protocol.responses import Response

_UNUSUAL = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"traceparent"})
"""Headers of requests that are not alike, or are no matter of one answer to one body."""


class DirectPosts:
    """Answers what is posted to one path.

    Args:
        endpoint: What answers MCP.
        access: Which hosts and origins are taken.
        auth: Says who sends.
        path: Where it is posted.

    Attributes:
        heads: The known heads, by their bytes; ``parsed``: by their headers.
        is_stopping: Whether calls that are cancelled are so because the server stops.
    """

    def __init__(self, endpoint: McpEndpoint, *, access: Access, auth: HttpAuth, path: str) -> None:
        self._endpoint = endpoint
        self._access = access
        self._auth = auth
        self.heads = Heads(path, self._read_whole)
        self.parsed = ParsedHeads(path, self._read)
        self.is_stopping = False

    async def answer(
        self, head: Head, body: bytes, *, trace_id: str, response: Response, receive: Receive
    ) -> bool:
        """Answer a post; false, and nothing done, if it has to go the usual way."""
        if not self._endpoint.is_running:
            return False
        try:
            asked = self._auth.identify(head.token)
            sender = None if asked is None else await asked
            post = Post(head.facts, body, sender, trace_id)
            return await self._endpoint.fast_http.answer(post, response, receive)
        except asyncio.CancelledError:  # by the server, once a request has had its time to end
            if not self.is_stopping:
                raise
            if not response.has_begun:
                problem = stopped()
                await response.finish(problem.status, problem_text(problem))
            return True

    def _read_whole(self, scope: Scope) -> Head | None:
        head = self._read(scope)
        if head is None:
            return None
        plain = {key: value for key, value in scope.items() if not key.startswith("micro.")}
        return replace(head, scope=plain)

    def _read(self, scope: Scope) -> Head | None:
        headers = headers_of(scope)
        if not _UNUSUAL.isdisjoint(headers.first):
            return None
        facts = read_facts(headers)
        if facts is None or not facts.is_acceptable:
            return None
        try:
            self._access.check(scope)
        except Problem:
            return None
        return Head(scope={}, facts=facts, token=token_of(scope))


def stopped() -> Problem:
    """Give what a call is answered with that the end of the server cut short."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "stopping",
        message="the server stopped before the call ended; it may have done part of its work",
        mend="check what was done, then call again once the server is back",
    )
