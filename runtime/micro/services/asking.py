"""What a tool can ask of the client that called it, and the answers as the tool gets them.

``Context`` puts the questions. How they travel, and that a tool may run again with the answers, is
``protocol``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar, cast

from micro.errors import MicroError, ToolError
from micro.peers import Ability, Answer, CannotAsk, Peer, Question
from micro.services.content import Block, block_of
from micro.services.forms import Form
from micro.services.messages import Message, message_blocks

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicited(Generic[T]):
    """What a user did with a form. ``value`` is ``None`` unless it was accepted."""

    action: Literal["accept", "decline", "cancel"]
    value: T | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the user filled the form in."""
        return self.action == "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What the client's model said. ``content``: as MCP has it, where it is no text."""

    text: str
    model: str = ""
    stop_reason: str = ""
    content: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A folder or file that the client works on."""

    uri: str
    name: str = ""


class Asked(Protocol[R_co]):
    """A question, and how its answer is read."""

    def question(self) -> Question:
        """Give the request to the client."""
        ...

    def read(self, answer: Answer) -> R_co:
        """Give the answer as the tool gets it."""
        ...


@dataclass(frozen=True, slots=True)
class Elicit(Generic[T]):
    """Asks the user to fill in a form.

    Attributes:
        message: What it is about, for the user.
        wanted: A dataclass, TypedDict or model of plain fields, a plain type, or a JSON Schema.
        key: Names the question to the client; by default its place among the call's questions.
    """

    message: str
    wanted: type[T] | Mapping[str, Any]
    key: str = field(default="", kw_only=True)

    def question(self) -> Question:
        """Give the request to the client."""
        params = {"message": self.message, "requestedSchema": Form(self.wanted).schema}
        return Question(key=self.key, method="elicitation/create", params=params)

    def read(self, answer: Answer) -> Elicited[T]:
        """Give what the user did.

        Raises:
            ToolError: What was filled in does not fit.
        """
        action = _action(answer)
        if action != "accept":
            return Elicited(action=action)
        filled = cast("Mapping[str, Any] | None", answer.get("content"))
        return Elicited(action=action, value=Form(self.wanted).read(filled or {}))


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """Asks the user to open a page, for what the client should not see: passwords, payments.

    That the user agreed does not mean that anything was done there.
    """

    message: str
    url: str
    key: str = field(default="", kw_only=True)

    def question(self) -> Question:
        """Give the request to the client.

        Raises:
            MicroError: It is no address of a page.
        """
        if not self.url.startswith(("https://", "http://")):
            raise MicroError(f"{self.url!r} is no page", mend="give an https:// address")
        params = {"mode": "url", "message": self.message, "url": self.url}
        return Question(key=self.key, method="elicitation/create", params=params)

    def read(self, answer: Answer) -> Elicited[None]:
        """Give what the user did."""
        return Elicited(action=_action(answer))


@dataclass(frozen=True, slots=True)
class Sample:
    """Asks the client's model.

    Attributes:
        messages: A text, or what was said so far.
        max_tokens: How long the answer may be.
        system: Instructions for the model.
        temperature: How freely it answers.
        models: Names of models, the best first; the client decides.
    """

    messages: str | Sequence[str | Message]
    max_tokens: int = field(default=1_000, kw_only=True)
    system: str = field(default="", kw_only=True)
    temperature: float | None = field(default=None, kw_only=True)
    models: Sequence[str] = field(default=(), kw_only=True)
    key: str = field(default="", kw_only=True)

    def question(self) -> Question:
        """Give the request to the client."""
        params: dict[str, Any] = {
            "messages": message_blocks(self.messages),
            "maxTokens": self.max_tokens,
        }
        if self.system:
            params["systemPrompt"] = self.system
        if self.temperature is not None:
            params["temperature"] = self.temperature
        if self.models:
            params["modelPreferences"] = {"hints": [{"name": name} for name in self.models]}
        return Question(key=self.key, method="sampling/createMessage", params=params)

    def read(self, answer: Answer) -> Sampled:
        """Give what the model said."""
        given: Any = answer.get("content")
        blocks = cast("list[Block]", given if isinstance(given, list) else [given or {}])
        return Sampled(
            text="\n".join(str(block["text"]) for block in blocks if block.get("type") == "text"),
            model=str(answer.get("model", "")),
            stop_reason=str(answer.get("stopReason", "")),
            content=tuple(block_of(block) for block in blocks if block.get("type") != "text"),
        )


@dataclass(frozen=True, slots=True)
class ListRoots:
    """Asks which folders the client works on."""

    key: str = field(default="", kw_only=True)

    def question(self) -> Question:
        """Give the request to the client."""
        return Question(key=self.key, method="roots/list")

    def read(self, answer: Answer) -> tuple[Root, ...]:
        """Give the folders."""
        roots = cast("list[dict[str, Any]]", answer.get("roots", []))
        return tuple(Root(uri=str(r.get("uri")), name=str(r.get("name") or "")) for r in roots)


async def put(questions: Sequence[Asked[Any]], peer: Peer, *, tool: str) -> tuple[Any, ...]:
    """Ask a call's client, all at once, and give the answers in order.

    Raises:
        CannotAsk: There is nobody to ask, or it cannot be asked this.
        ToolError: An answer does not fit.
        InputNeeded: The answers come with another call.
    """
    requests = [each.question() for each in questions]
    refused = [each for each in requests if each.needs not in peer.abilities]
    if peer.ask is None or refused:
        raise _cannot(refused or requests, tool)
    try:
        answers = await peer.ask(requests)
    except CannotAsk:
        raise
    except MicroError as silence:
        raise ToolError(silence.message) from silence
    return tuple(each.read(given) for each, given in zip(questions, answers, strict=True))


def _cannot(questions: Sequence[Question], tool: str) -> CannotAsk:
    needed = dict.fromkeys(question.needs for question in questions)
    return CannotAsk(
        f"{tool} has to ask its caller something, and this caller did not say that it can be asked "
        f"({', '.join(needed)}).",
        questions=questions,
        mend="call it with a client that declares " + " and ".join(needed),
    )


def _action(answer: Answer) -> Literal["accept", "decline", "cancel"]:
    action: object = answer.get("action")
    return action if action in ("accept", "decline") else "cancel"


__all__ = [
    "Ability",
    "Elicit",
    "Elicited",
    "ListRoots",
    "OpenUrl",
    "Root",
    "Sample",
    "Sampled",
    "put",
]
