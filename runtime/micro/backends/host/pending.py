"""A call that runs in the host: what was sent, and what has come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, perf_counter

import anyio

from micro.backends.host.messages import Finished, Invoke, Progressed
from micro.calls import Call, Fault, Progress, ToolResult


@dataclass(slots=True)
class Pending:
    """A call that runs in the host. ``wake`` is set when progress or the result came."""

    call: Call
    wake: anyio.Event = field(default_factory=anyio.Event)
    progress: list[Progress] = field(default_factory=list[Progress])
    finished: Finished | None = None

    async def result(self) -> ToolResult:
        """Pass progress on as it comes, until the result is there."""
        sent = perf_counter()
        while self.finished is None:
            await self.wake.wait()
            self.wake = anyio.Event()
            await self._pass_progress()
        return _result(self.finished, perf_counter() - sent)

    def report(self, message: Progressed) -> None:
        """Take in how far the call is."""
        progress = Progress(progress=message.progress, total=message.total, message=message.message)
        self.progress.append(progress)
        self.wake.set()

    def finish(self, message: Finished) -> None:
        """Take in the result."""
        self.finished = message
        self.wake.set()

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

    async def _pass_progress(self) -> None:
        reported, self.progress = self.progress, []
        for progress in reported:
            if self.call.on_progress is not None:
                await self.call.on_progress(progress)


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
        progress=call.on_progress is not None,
    )


def _result(finished: Finished, elapsed: float) -> ToolResult:
    """Make a result of what the host sent; the way there and back becomes a phase round its own."""
    there = max(0.0, elapsed - finished.took) / 2
    inside = tuple((name, start + there, took) for name, start, took in finished.phases)
    return ToolResult(
        content=tuple(finished.content),
        structured=finished.structured,
        fault=finished.fault,
        phases=(("host", 0.0, elapsed), *inside),
        generation=finished.generation,
    )


def lost_fault(what: str) -> Fault:
    """Say that a host is gone; ``what``: how it ended or where it is."""
    message = (
        f"The process that runs this tool {what}. The call may have done part of its work. "
        "Call again if that is safe."
    )
    return Fault(kind="host_lost", message=message, retryable=True)
