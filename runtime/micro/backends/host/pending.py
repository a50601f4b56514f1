"""A call that runs in the host: what was sent, and what has come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, perf_counter

import anyio

from micro.backends.host.consulting import Consult, Consulted, consult
from micro.backends.host.messages import Finished, Invoke, Progressed
from micro.calls import Call, Fault, Progress, ToolResult


@dataclass(slots=True)
class Pending:
    """A call that runs in the host.

    Attributes:
        wake: Done when progress or the result came; ``None`` while nobody waits for that.
        consulting: Where its client is asked something.
    """

    call: Call
    wake: asyncio.Future[None] | None = None
    progress: list[Progress] = field(default_factory=list[Progress])
    finished: Finished | None = None
    consulting: set[anyio.CancelScope] = field(default_factory=set[anyio.CancelScope])

    async def result(self) -> ToolResult:
        """Pass progress on as it comes, until the result is there."""
        sent = perf_counter()
        loop = asyncio.get_running_loop()
        while self.finished is None:
            if not self.progress:
                self.wake = loop.create_future()
                await self.wake
            await self._pass_progress()
        return _result(self.finished, sent - self.call.started, perf_counter() - sent)

    def report(self, message: Progressed) -> None:
        """Take in how far the call is."""
        progress = Progress(progress=message.progress, total=message.total, message=message.message)
        self.progress.append(progress)
        self._go_on()

    def finish(self, message: Finished) -> None:
        """Take in the result."""
        self.finished = message
        self._go_on()

    def _go_on(self) -> None:
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)

    def lose(self, what: str) -> None:
        """End the call because its host ended."""
        if self.finished is None:
            fault = lost_fault(what)
            block = {"type": "text", "text": fault.message}
            self.finish(
                Finished(
                    id=self.call.id,
                    content=[block],
                    structured=None,
                    fault=fault,
                    phases=(),
                    generation=0,
                    took=0.0,
                )
            )

    async def consult(self, message: Consult, send: Callable[[Consulted], None]) -> None:
        """Ask the call's client, as long as the call runs."""
        with anyio.CancelScope() as scope:
            self.consulting.add(scope)
            try:
                send(await consult(message, self.call))
            finally:
                self.consulting.discard(scope)

    def end(self) -> None:
        """Ask nothing more: the call has ended."""
        for scope in tuple(self.consulting):
            scope.cancel()

    async def _pass_progress(self) -> None:
        reported, self.progress = self.progress, []
        for progress in reported:
            if self.call.peer.on_progress is not None:
                await self.call.peer.on_progress(progress)


def invocation(call: Call) -> Invoke:
    """Say a call in the host's words."""
    return Invoke(
        id=call.id,
        tool=call.name,
        arguments=call.arguments,
        trace_id=call.trace_id,
        span_id=call.span_id,
        caller=call.caller,
        timeout=None if call.deadline is None else call.deadline - monotonic(),
        progress=call.peer.on_progress is not None,
        asks=call.peer.ask is not None,
        abilities=call.peer.abilities,
    )


def _result(finished: Finished, sent: float, elapsed: float) -> ToolResult:
    """Make a result of what the host sent; the way there and back becomes a phase round its own.

    ``sent``: seconds after the call's start.
    """
    there = sent + max(0.0, elapsed - finished.took) / 2
    inside = tuple((name, start + there, took) for name, start, took in finished.phases)
    return ToolResult(
        content=tuple(finished.content),
        structured=finished.structured,
        fault=finished.fault,
        phases=(("host", sent, elapsed), *inside),
        generation=finished.generation,
        asks=finished.asks,
    )


def lost_fault(what: str) -> Fault:
    """Say that a host is gone; ``what``: how it ended or where it is."""
    message = (
        f"The process that runs this tool {what}. The call may have done part of its work. "
        "Call again if that is safe."
    )
    return Fault(kind="host_lost", message=message, retryable=True)
