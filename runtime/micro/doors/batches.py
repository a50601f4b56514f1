"""JSON-RPC batches, which 2025-03-26 has and no other version: many messages in one post.

Each message is answered as if it came alone, all at the same time; the answers go out together.
Progress has no place among them and is left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import anyio
from starlette.types import Message, Receive, Scope, Send

from micro.doors.asgi import Header, Problem, header, respond
from micro.protocol.batches import (
    INVALID,
    LIMIT,
    UNFIT,
    VERSION,
    Head,
    read_batch,
    read_head,
    read_heads,
)
from micro.protocol.refusals import INVALID_REQUEST
from micro.protocol.sessions import HttpSessions
from micro.protocol.splice import failure

AnswerOne = Callable[[Scope, bytes, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class _Answer:
    """The response to one message of a batch."""

    status: int = 0
    headers: list[Header] = field(default_factory=list[Header])
    text: bytes = b""

    async def take(self, message: Message) -> None:
        """Take a part of it, as a server would."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.text += message.get("body", b"")

    @property
    def body(self) -> bytes:
        """The answer itself: the response, or that on a stream of messages; may be empty."""
        lines = [line for line in self.text.splitlines() if line.startswith(b"data:")]
        for line in lines:
            text = line.removeprefix(b"data:").strip()
            if read_head(text).is_answer:
                return text
        return b"" if lines else self.text


class Batches:
    """Answers batches in the sessions that may send them.

    Args:
        sessions: Where it is known what version a session speaks.
        answer_one: Answers a single message.
    """

    def __init__(self, sessions: Callable[[], HttpSessions], answer_one: AnswerOne) -> None:
        self._sessions = sessions
        self._answer_one = answer_one

    async def serve(self, scope: Scope, body: bytes, send: Send) -> bool:
        """Answer a batch; false, and nothing done, if it is none or none is allowed."""
        if body[:1] == b"{" or (messages := read_batch(body)) is None:
            return False
        name = header(scope, b"mcp-session-id")
        session = self._sessions().find(name)
        if session is None or session.version != VERSION:
            return False
        heads = read_heads(messages)
        opens = any(head.method == "initialize" for head in heads)
        if not 0 < len(messages) <= LIMIT or opens:
            await respond(send, HTTPStatus.BAD_REQUEST, failure(None, INVALID_REQUEST, UNFIT))
            return True
        await self._send(send, await self._answers(scope, messages, heads), session=name)
        return True

    async def _answers(
        self, scope: Scope, messages: list[bytes], heads: list[Head]
    ) -> list[_Answer]:
        answers = [_Answer() for _ in messages]
        async with anyio.create_task_group() as tasks:
            for message, head, answer in zip(messages, heads, answers, strict=True):
                tasks.start_soon(self._answer, scope, message, head, answer)
        return answers

    async def _answer(self, scope: Scope, message: bytes, head: Head, answer: _Answer) -> None:
        if not head.is_message:
            answer.status = HTTPStatus.BAD_REQUEST
            answer.text = failure(head.id, INVALID_REQUEST, INVALID)
            return
        given = False

        async def receive() -> Message:
            nonlocal given
            if given:
                await anyio.sleep_forever()
            given = True
            return {"type": "http.request", "body": message, "more_body": False}

        try:
            await self._answer_one(scope, message, receive, answer.take)
        except Problem as problem:
            answer.status = HTTPStatus.OK
            answer.text = failure(head.id, INVALID_REQUEST, problem.message)

    async def _send(self, send: Send, answers: list[_Answer], *, session: str) -> None:
        """Send all answers, or one where none of the messages was taken."""
        if all(answer.status >= HTTPStatus.BAD_REQUEST for answer in answers):
            await respond(send, HTTPStatus(answers[0].status), answers[0].text)
            return
        headers = [(b"mcp-session-id", session.encode("latin-1"))]
        texts = [body for answer in answers if (body := answer.body)]
        status = HTTPStatus.OK if texts else HTTPStatus.ACCEPTED
        await respond(send, status, b"[%b]" % b",".join(texts) if texts else b"", headers=headers)
