"""The calls that run in the host: begun by a message, ended by one, cancelled by one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic, perf_counter

from micro.backends.deadlines import deadlines
from micro.backends.host.consulting import Consult, Consulted
from micro.backends.host.messages import (
    Answered,
    Ask,
    Finished,
    Invoke,
    Progressed,
    ToRuntime,
)
from micro.calls import Call, Fault, Peer, Progress, Tool, ToolResult
from micro.errors import MicroError
from micro.peers import Answer as Reply
from micro.peers import Question
from micro.registry.registry import Registry


class Calls:
    """Runs what the runtime sends, and lets tools call others through it.

    Args:
        registry: The tools that run here.
        send: Tells the runtime, from any thread.
    """

    def __init__(self, registry: Registry, send: Callable[[ToRuntime], None]) -> None:
        self._registry = registry
        self._send = send
        self._asked: dict[int, asyncio.Future[Answered | Consulted]] = {}
        self._ids = itertools.count(1)

    async def run(self, message: Invoke) -> None:
        """Run a call and send its result."""
        began = perf_counter()
        try:
            tool = self._registry.catalogue.named(message.tool)
            result = await tool.run(self._call(message, tool)) if tool else _gone(message.tool)
        finally:
            deadlines.forget(message.id)
        self._send(_finished(message.id, result, perf_counter() - began))

    def answer(self, message: Answered | Consulted) -> None:
        """Give a tool the result of a call that it made, or what its client answered."""
        if future := self._asked.pop(message.id, None):
            future.get_loop().call_soon_threadsafe(_set_result, future, message)

    async def ask(self, tool: str, arguments: bytes, parent: Call) -> ToolResult:
        """Call another tool through the runtime's gateway, for a tool that runs here.

        Raises:
            MicroError: The gateway refused.
        """
        number, future = self._expect()
        self._send(Ask(id=number, parent=parent.id, tool=tool, arguments=arguments))
        answer = await future
        assert isinstance(answer, Answered)
        if answer.refused:
            raise MicroError(answer.refused)
        return ToolResult(
            content=answer.content,
            structured=answer.structured,
            fault=answer.fault,
            asks=answer.asks,
        )

    async def _ask_client(self, call: int, questions: Sequence[Question]) -> list[Reply]:
        """Ask the client of a call that runs here; the runtime has it."""
        number, future = self._expect()
        self._send(Consult(id=number, call=call, questions=tuple(questions)))
        answer = await future
        assert isinstance(answer, Consulted)
        return answer.take()

    def _expect(self) -> tuple[int, asyncio.Future[Answered | Consulted]]:
        """Give a number to ask something under, and what will be the answer."""
        number = next(self._ids)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        return number, future

    def _call(self, message: Invoke, tool: Tool) -> Call:
        return Call(
            id=message.id,
            name=message.tool,
            tool=tool,
            arguments=message.arguments,
            trace_id=message.trace_id,
            span_id=message.span_id,
            caller=message.caller,
            deadline=None if message.timeout is None else monotonic() + message.timeout,
            peer=self._peer(message),
        )

    def _peer(self, message: Invoke) -> Peer:
        """Give what the caller can be told and asked: by way of the runtime."""
        return Peer(
            on_progress=partial(self._progressed, message.id) if message.progress else None,
            ask=partial(self._ask_client, message.id) if message.asks else None,
            abilities=message.abilities,
        )

    async def _progressed(self, call: int, progress: Progress) -> None:
        self._send(
            Progressed(
                id=call,
                progress=progress.progress,
                total=progress.total,
                message=progress.message,
            )
        )


def _gone(name: str) -> ToolResult:
    """Say that a tool is not here; what its caller is told of that is the gateway's."""
    return ToolResult.failed(Fault(kind="gone", message=f"{name} is not served here"))


def _set_result(
    future: asyncio.Future[Answered | Consulted], message: Answered | Consulted
) -> None:
    if not future.done():
        future.set_result(message)


def _finished(call: int, result: ToolResult, took: float) -> Finished:
    return Finished(
        id=call,
        content=[dict(block) for block in result.content],
        structured=result.structured,
        fault=result.fault,
        phases=result.phases,
        generation=result.generation,
        took=took,
        asks=result.asks,
    )
