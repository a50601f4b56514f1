"""What a tool may ask of the call it runs in.

Knows nothing of how calls arrive or where results go; the call carries both.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

import pydantic_core

from micro.calls import Call, Door, Progress, ToolResult
from micro.errors import MicroError, Refused, ToolError
from micro.peers import Ability, InputNeeded
from micro.services.asking import (
    Asked,
    Elicit,
    Elicited,
    ListRoots,
    OpenUrl,
    Root,
    Sample,
    Sampled,
    put,
)
from micro.services.messages import Message

T = TypeVar("T")

CallTool = Callable[[str, bytes, Call], Awaitable[ToolResult]]
"""(name, JSON text of the arguments, the call that asks) → the other tool's result."""


class CurrentCall(NamedTuple):
    """The call that the running code belongs to."""

    call: int
    service: str


running: ContextVar[tuple[Call, str] | None] = ContextVar("micro_running", default=None)
"""The call and the service's name. Set by who runs a tool; read it through ``current_call``."""


def current_call() -> CurrentCall | None:
    """Give the call that this code runs in, in a worker thread too; ``None`` outside of one."""
    found = running.get()
    return None if found is None else CurrentCall(found[0].id, found[1])


async def report(progress: Progress) -> None:
    """Tell who made the running call how far it is; nothing happens if it did not ask."""
    found = running.get()
    if found is not None and found[0].peer.on_progress is not None:
        await found[0].peer.on_progress(progress)


class Context:
    """The call that a tool runs in: a parameter of this type is handed in, and not in the schema.

    Args:
        call: The call.
        tool: Full name of the tool that runs.
        call_tool: Calls another tool through the gateway; ``None`` where there is none.
    """

    __slots__ = ("_call", "_call_tool", "tool")

    def __init__(self, call: Call, *, tool: str, call_tool: CallTool | None = None) -> None:
        self._call = call
        self._call_tool = call_tool
        self.tool = tool

    @property
    def call_id(self) -> int:
        """The call's number in this runtime."""
        return self._call.id

    @property
    def trace_id(self) -> str:
        """W3C trace id, 32 hex digits; the caller has it too."""
        return self._call.trace_id

    @property
    def subject(self) -> str:
        """Who the call acts for."""
        return self._call.caller.subject

    @property
    def client(self) -> str:
        """Name of the client program, as it says itself: never trust it."""
        return self._call.caller.client

    @property
    def door(self) -> Door:
        """The way in by which the call came."""
        return self._call.caller.door

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the caller may do; ``*`` is everything."""
        return self._call.caller.scopes

    @property
    def traceparent(self) -> str:
        """W3C trace context of this call, to send along where it calls other servers."""
        return f"00-{self._call.trace_id}-{self._call.span_id}-01"

    @property
    def metadata(self) -> Mapping[str, str]:
        """What other systems are told of the call, under the names of HTTP headers."""
        return {
            "Mcp-Trace-Id": self._call.trace_id,
            "Mcp-Tool-Name": self.tool,
            "Mcp-Account-Id": self._call.caller.subject,
        }

    @property
    def log(self) -> logging.Logger:
        """A logger named after the tool; its lines are shown with the call."""
        return logging.getLogger(self.tool)

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Tell the caller how far the call is; nothing happens if it did not ask.

        From a sync tool: ``anyio.from_thread.run(ctx.progress, 1, 3)``, or yield ``Progress``.
        """
        if self._call.peer.on_progress is not None:
            await self._call.peer.on_progress(
                Progress(progress=progress, total=total, message=message)
            )

    @property
    def abilities(self) -> tuple[Ability, ...]:
        """What the caller can be asked: ``elicitation``, ``sampling``, ``roots`` and so on."""
        return self._call.peer.abilities

    async def elicit(
        self, message: str, wanted: type[T] | Mapping[str, Any], /, *, key: str = ""
    ) -> Elicited[T]:
        """Ask the caller's user to fill in a form: see ``Elicit``, and ``ask`` for what is raised.

        From a sync tool: ``anyio.from_thread.run(ctx.elicit, "Which?", Choice)``.
        """
        return (await self.ask(Elicit(message, wanted, key=key)))[0]

    async def open_url(self, message: str, url: str, /, *, key: str = "") -> bool:
        """Ask the caller's user to open a page; gives whether they agreed to."""
        return (await self.ask(OpenUrl(message, url, key=key)))[0].is_accepted

    async def sample(self, messages: str | Sequence[str | Message], /, **options: Any) -> Sampled:
        """Ask the caller's model; ``options`` are those of ``Sample``."""
        return (await self.ask(Sample(messages, **options)))[0]

    async def roots(self) -> tuple[Root, ...]:
        """Ask the caller which folders it works on."""
        return (await self.ask(ListRoots()))[0]

    async def ask(self, *questions: Asked[Any]) -> tuple[Any, ...]:
        """Ask the caller several things at once; gives the answers in the same order.

        Clients of 2026-07-28 send their answers with another call: the tool then ends here and runs
        again from its start, and this gives the answers. So ask before you change anything.

        Raises:
            CannotAsk: There is nobody to ask, or the client did not say that it can be asked this.
            ToolError: An answer does not fit, or none came in time.
        """
        return await put(questions, self._call.peer, tool=self.tool)

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call another tool as the same subject, and give its result as plain data.

        An object comes as a ``dict``; any other result comes as itself; a tool without structured
        results gives its text.

        Raises:
            ToolError: The tool failed or the call was refused; the message says why.
            MicroError: Tools cannot be called from here, or an argument is not JSON.
        """
        if self._call_tool is None:
            raise MicroError(
                f"{self.tool} called {tool}, and there is no gateway here to call through",
                mend="run the service with `micro dev` or serve(); in a test use micro.testing",
            )
        try:
            sent = pydantic_core.to_json(arguments, bytes_mode="base64")
        except pydantic_core.PydanticSerializationError as error:
            raise MicroError(
                f"{self.tool} called {tool} with what is not JSON: {error}",
                mend="pass plain data, models or dataclasses",
            ) from error
        try:
            result = await self._call_tool(tool, sent, self._call)
        except MicroError as refusal:
            retryable = isinstance(refusal, Refused) and refusal.retryable
            raise ToolError(refusal.message, retryable=retryable) from refusal
        if result.fault is not None:
            raise ToolError(result.text, retryable=result.fault.retryable)
        if result.asks:
            raise InputNeeded(result.asks)
        return plain_result(result)


def plain_result(result: ToolResult) -> Any:
    """Give what a tool returned, as plain data, out of what a client gets.

    A result that is no object was wrapped as ``{"result": …}`` on its way out: the text block holds
    the value alone, which tells it from an object that has only that key.
    """
    if result.structured is None:
        return result.text
    value: Any = pydantic_core.from_json(result.structured)
    wrapped = list(value) == ["result"] and result.text.encode() != result.structured
    return value["result"] if wrapped else value
