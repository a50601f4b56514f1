"""Tries calls through a project's gateway, and picks those to try.

How they went is told by ``report``; nothing is printed here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from micro.control import RuntimeLost
from micro.control.messages import Called
from micro.errors import ConfigError, MicroError
from micro.services.names import suggestion
from micro.snapshots import ServiceView, ToolView

Outcome = Literal["ok", "error", "refused", "differs"]


class Caller(Protocol):
    """What calls tools: a runtime by its control socket, or another server's client."""

    async def call(
        self,
        tool: str,
        arguments: str = "{}",
        *,
        client: str = "",
        subject: str = "local",
        scopes: tuple[str, ...] = ("*",),
    ) -> Called:
        """Call a tool; ``arguments`` is an object's JSON text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A call to try.

    Attributes:
        number: That of the tool's example, 0 if it is none.
        label: The case's name; empty if it is none.
    """

    tool: str
    arguments: dict[str, Any]
    number: int = 0
    label: str = ""

    @property
    def name(self) -> str:
        """How reports name it: ``users.get``, ``users.get[2]`` for an example, or with a label."""
        if self.label:
            return f"{self.tool} ({self.label})"
        return f"{self.tool}[{self.number}]" if self.number else self.tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """As whom calls are made."""

    subject: str = "local"
    scopes: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a trial went.

    Attributes:
        text: What a model reads: the result, or why there is none.
        result: The structured result, as the tool gave it; ``None`` where there is none.
        structured: The same as it goes over MCP, which takes objects only.
        mend: What to do about a refusal.
        traceback: The author's frames where the tool raised what is not meant for callers.
        trace_id: Empty if the call was refused.
        duration: Seconds, the way to the runtime and back included.
    """

    trial: Trial
    outcome: Outcome
    text: str
    result: Any = None
    structured: Any = None
    mend: str = ""
    traceback: str = ""
    trace_id: str = ""
    duration: float = 0.0


def find_tool(services: Sequence[ServiceView], name: str) -> ToolView:
    """Give the tool of a canonical or wire name.

    Raises:
        ConfigError: There is none.
    """
    tools = list(_tools(services))
    for tool in tools:
        if name in (tool.name, tool.wire_name):
            return tool
    known = [tool.name for tool in tools]
    raise ConfigError(f"there is no tool {name!r}", mend=suggestion(name, known))


def examples_of(tool: ToolView) -> list[Trial]:
    """Give a trial for each of a tool's examples."""
    return [
        Trial(tool=tool.name, arguments=dict(example), number=number)
        for number, example in enumerate(tool.examples, 1)
    ]


def every_example(services: Sequence[ServiceView]) -> list[Trial]:
    """Give a trial for each example of each tool, by name."""
    tools = sorted(_tools(services), key=lambda tool: tool.name)
    return [trial for tool in tools for trial in examples_of(tool)]


def read_arguments(text: str, *, source: str) -> dict[str, Any]:
    """Read a call's arguments.

    Raises:
        ConfigError: The text is no JSON object.
    """
    mend = 'write an object, as in: micro mcp test shop.price \'{"item": "tea"}\''
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{source} is not JSON: {error}", mend=mend) from error
    if not isinstance(found, dict):
        raise ConfigError(f"{source} is not an object", mend=mend)
    return found  # pyright: ignore[reportUnknownVariableType]


async def try_call(caller: Caller, trial: Trial, sender: Sender) -> Tried:
    """Make one call.

    Raises:
        RuntimeLost: The runtime went away.
        ConfigError: The call cannot be made for this sender.
    """
    began = time.perf_counter()
    try:
        called = await caller.call(
            trial.tool,
            json.dumps(trial.arguments, ensure_ascii=False),
            client="micro mcp test",
            subject=sender.subject,
            scopes=sender.scopes,
        )
    except (RuntimeLost, ConfigError):
        raise
    except MicroError as error:
        took = time.perf_counter() - began
        return Tried(
            trial=trial,
            outcome="refused",
            text=error.message,
            mend=error.mend or "",
            duration=took,
        )
    return Tried(
        trial=trial,
        outcome="error" if called.is_error else "ok",
        text=called.text,
        result=_unwrapped(called.structured, called.text),
        structured=json.loads(called.structured) if called.structured else None,
        traceback=called.traceback,
        trace_id=called.trace_id,
        duration=time.perf_counter() - began,
    )


def _unwrapped(structured: str, text: str) -> Any:
    """Give what the tool gave, where MCP, which takes objects only, made ``{"result": …}`` of it.

    The text block tells the two apart: it holds what the tool gave.
    """
    if not structured:
        return None
    found: Any = json.loads(structured)
    if structured != text and isinstance(found, dict) and list(found) == ["result"]:  # pyright: ignore[reportUnknownArgumentType]
        return found["result"]  # pyright: ignore[reportUnknownVariableType]
    return found  # pyright: ignore[reportUnknownVariableType]


def _tools(services: Sequence[ServiceView]) -> Iterator[ToolView]:
    return (tool for service in services for tool in service.tools)
