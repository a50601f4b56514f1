"""How a runtime presents itself to its clients. Knows nothing of the protocol that says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A runtime's name and version for its clients.

    Attributes:
        instructions: What a client's model is told about the whole server; may be empty.
    """

    name: str
    version: str = ""
    instructions: str = ""
