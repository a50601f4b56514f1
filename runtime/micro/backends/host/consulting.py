"""What runtime and host say to each other when a call asks the client that made it.

The runtime asks, since it has the client; the code that waits for the answer is in the host.
"""

from __future__ import annotations

from typing import Any

import msgspec

from micro.calls import Call
from micro.errors import MicroError
from micro.peers import InputNeeded, Question


class Consult(msgspec.Struct, frozen=True, kw_only=True, tag="consult"):
    """To the runtime: ask the client of call ``call``. Answered by ``Consulted``."""

    id: int
    call: int
    questions: tuple[Question, ...]


class Consulted(msgspec.Struct, frozen=True, kw_only=True, tag="consulted"):
    """To the host: the client's answers, in the order of the questions.

    ``later``: not now, but with another call of the same; the questions with their keys. ``error``
    and ``mend``: the client did not answer.
    """

    id: int
    answers: list[dict[str, Any]] = []
    later: tuple[Question, ...] = ()
    error: str = ""
    mend: str | None = None

    def take(self) -> list[dict[str, Any]]:
        """Give the answers.

        Raises:
            InputNeeded: They come later.
            MicroError: There are none.
        """
        if self.later:
            raise InputNeeded(self.later)
        if self.error:
            raise MicroError(self.error, mend=self.mend)
        return self.answers


class Held(msgspec.Struct, frozen=True, kw_only=True, tag="held"):
    """To the host: the time of a call stands still, or goes on, as it waits for its client."""

    call: int
    still: bool


async def consult(message: Consult, call: Call) -> Consulted:
    """Ask a call's client, and give what the host is to be told."""
    if call.peer.ask is None:
        return Consulted(id=message.id, error="there is no client that could be asked")
    try:
        answers = await call.peer.ask(message.questions)
    except InputNeeded as needed:
        return Consulted(id=message.id, later=needed.questions)
    except MicroError as error:
        return Consulted(id=message.id, error=error.message, mend=error.mend)
    return Consulted(id=message.id, answers=answers)
