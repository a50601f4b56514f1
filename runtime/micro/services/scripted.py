"""A client that answers what it is asked as a test wrote it down. For ``testing``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

import pydantic_core

from micro.errors import MicroError
from micro.peers import Ability, Answer, Peer, ProgressSink, Question


def scripted_peer(answers: Sequence[object], on_progress: ProgressSink | None = None) -> Peer:
    """Give a client that answers what it is asked with what is there, in order."""
    left = list(answers)

    async def ask(questions: Sequence[Question]) -> list[Answer]:
        return [_answer(question, left) for question in questions]

    if not left:
        return Peer(on_progress=on_progress)
    return Peer(on_progress=on_progress, ask=ask, abilities=get_args(Ability))


def _answer(question: Question, left: list[object]) -> Answer:
    if not left:
        message = f"the test has no answer left for {question.method}: {question.params}"
        raise MicroError(message, mend="pass one more in answers=")
    given = left.pop(0)
    if question.needs == "roots":
        return {"roots": [{"uri": uri} for uri in cast("Sequence[str]", given)]}
    if question.method == "sampling/createMessage":
        return {"content": {"type": "text", "text": str(given)}, "model": "test"}
    if question.needs == "elicitation.url" or given is None:
        return {"action": "accept" if given else "decline"}
    plain = pydantic_core.to_jsonable_python(given, by_alias=True)
    content = cast("Answer", plain) if isinstance(plain, dict) else {"value": plain}
    return {"action": "accept", "content": content}
