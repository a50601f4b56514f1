"""Messages of a conversation: what prompts give, and what a client's model is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from micro.services.content import Audio, Block, Image, Resource, block_of

Shown = str | Image | Audio | Resource | Block
"""What a message may say."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what is said, and by whom."""

    content: Shown
    role: Literal["user", "assistant"] = "user"


def message_blocks(given: Message | Shown | Sequence[Message | Shown]) -> list[dict[str, Any]]:
    """Give messages as MCP has them; what says no role is the user's.

    Raises:
        ValueError: Something among them cannot be a message.
    """
    if isinstance(given, list | tuple):
        return [_message(each) for each in given]
    return [_message(given)]


def _message(given: object) -> dict[str, Any]:
    message = given if isinstance(given, Message) else Message(given)  # pyright: ignore[reportArgumentType]
    if message.role not in ("user", "assistant"):
        raise ValueError(f"a message's role is {message.role!r}, and not user or assistant")
    content = message.content
    if not isinstance(content, str | Image | Audio | Resource | dict):
        raise ValueError(f"{content!r:.100} is no message: return a text, a Message or an Image")
    return {"role": message.role, "content": dict(block_of(content))}
