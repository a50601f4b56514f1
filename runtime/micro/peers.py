"""What a call may tell the client that made it, and ask of it: its user, its model, its folders.

The words that services, hosts and the protocol share. How they travel is ``protocol``'s; how
authors ask is ``services.asking``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from micro.errors import MicroError
from micro.events import LogWritten


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a call is. ``total`` is ``None`` where it is not known."""

    progress: float
    total: float | None = None
    message: str | None = None


ProgressSink = Callable[[Progress], Awaitable[None]]
LogSink = Callable[[LogWritten], None]

Ability = Literal["elicitation", "elicitation.url", "sampling", "sampling.tools", "roots"]
"""What a client can be asked: its user by a form, its user to open a page, its model, its roots."""

Answer = dict[str, Any]
"""A client's answer as MCP has it: the result of the request that the question is."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the client, as MCP has it.

    ``key`` names it among the questions of its call; where it is empty, its place among them does.
    """

    key: str = ""
    method: Literal["elicitation/create", "sampling/createMessage", "roots/list"]
    params: dict[str, Any] = {}

    @property
    def needs(self) -> Ability:
        """What the client has to be able to."""
        if self.method == "roots/list":
            return "roots"
        if self.method == "sampling/createMessage":
            return "sampling.tools" if "tools" in self.params else "sampling"
        return "elicitation.url" if self.params.get("mode") == "url" else "elicitation"


class CannotAsk(MicroError):
    """The client cannot be asked this. ``questions`` are those that it cannot be asked."""

    def __init__(self, message: str, *, questions: Sequence[Question], mend: str) -> None:
        super().__init__(message, mend=mend)
        self.questions = tuple(questions)


AskClient = Callable[[Sequence[Question]], Awaitable[list[Answer]]]
"""Gives the answers in the order of the questions; raises ``InputNeeded`` if they come later."""


class InputNeeded(BaseException):
    """The answers come with another call of the same tool: this one ends here.

    No ``Exception``, so that a tool which catches those lets it pass. All ``questions`` have keys.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(f"waits for {', '.join(question.key for question in questions)}")
        self.questions = tuple(questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What can be told to and asked of the caller while its call runs.

    Attributes:
        on_progress: Takes what the tool reports; ``None`` if the caller did not ask for it.
        on_log: Takes what the call logs; ``None`` if the caller did not ask for it.
        ask: Asks the caller; ``None`` where there is nobody to ask.
        abilities: What it can be asked.
    """

    on_progress: ProgressSink | None = None
    on_log: LogSink | None = None
    ask: AskClient | None = None
    abilities: tuple[Ability, ...] = ()


NOBODY = Peer()
"""A caller that can be told and asked nothing."""


def confidant(peer: Peer) -> Peer:
    """Give what a call that this one makes may do: ask its client too, but tell it nothing."""
    return NOBODY if peer.ask is None else Peer(ask=peer.ask, abilities=peer.abilities)
