"""Runs the tools of one generation of a service in this process.

Used as it is by library users, and inside of the host process. Knows nothing of how a generation
comes to be or when it is over: ``registry`` says so.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from anyio import CapacityLimiter, to_thread
from msgspec.structs import replace

from micro.backends.deadlines import deadlines
from micro.backends.faults import DeadlinePassed, fault_of
from micro.backends.outcomes import Measured, asking, failure, needed, outcome_of
from micro.calls import Call, Tool, ToolResult
from micro.peers import InputNeeded
from micro.services.binding import BoundTool
from micro.services.context import CallTool, Context, running
from micro.services.hooks import run_handover, run_start_hooks, run_stop_hooks, run_takeover
from micro.services.service import Service

THREADS = 64
"""Sync tools of one generation that run at the same time; more wait."""


RunAsync = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Awaitable[Any]]
"""Runs the coroutine that a function makes, and gives its result."""


class LocalService:
    """One generation of a service, in this process.

    Lives from one load of the service's code until the calls that began in it have ended; nothing
    in it changes but the number of those.

    Args:
        service: As the author declared it; it is compiled here.
        generation: Counted from 1.
        root: The project's folder, for paths that people read; ``None`` leaves them absolute.
        call_tool: Lets tools call other tools through the gateway.
        run_async: Runs the author's coroutines, on a loop of its choice; by default on this one.
        updated: Told of resources, by service and URI, that have other content; from any thread.

    Raises:
        DeclarationError: A tool cannot be served.
    """

    def __init__(
        self,
        service: Service,
        *,
        generation: int,
        root: Path | None,
        call_tool: CallTool | None = None,
        run_async: RunAsync | None = None,
        updated: Callable[[str, str], None] | None = None,
    ) -> None:
        self._run_async = run_async or _here
        self.service = service
        if updated is not None:
            service.on_updated = partial(updated, service.name)
        self.generation = generation
        self._root = None if root is None else root.resolve()
        self._call_tool = call_tool
        self._limiter = CapacityLimiter(THREADS)
        self._calls: set[object] = set()
        self._threads: set[object] = set()
        self._drainers: set[Callable[[], object]] = set()
        self.tools = tuple(self._tool(bound) for bound in service.bind())

    @property
    def in_flight(self) -> int:
        """Calls that have begun and not ended; a thread left behind by a cancelled call counts."""
        return len(self._calls | self._threads)

    async def start(self) -> None:
        """Run the start hooks, in order.

        Raises:
            Exception: What a hook raised; the stop hooks have run if another had finished.
        """
        if self.service.start_hooks:
            await self._run_async(partial(run_start_hooks, self.service))

    async def drain(self) -> None:
        """Wait until no call runs here; the caller bounds the wait."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        wake = partial(loop.call_soon_threadsafe, ended.set)
        self._drainers.add(wake)
        try:
            while self.in_flight:
                await ended.wait()
                ended.clear()
        finally:
            self._drainers.discard(wake)

    async def stop(self) -> None:
        """Run the stop hooks, in reverse order; one that fails is logged."""
        if self.service.stop_hooks:
            await self._run_async(partial(run_stop_hooks, self.service))

    async def hand_over(self) -> bytes | None:
        """Give what the next generation should know, packed; ``None`` if nothing."""
        if self.service.handover is None:
            return None
        return await self._run_async(partial(run_handover, self.service))

    async def take_over(self, packed: bytes | None) -> None:
        """Take what the last generation handed over.

        Raises:
            Exception: What the hook raised.
        """
        if packed is not None:
            await self._run_async(partial(run_takeover, self.service, packed))

    def _tool(self, bound: BoundTool) -> Tool:
        file = Path(bound.spec.file)
        if self._root is not None and file.is_relative_to(self._root):
            spec = replace(bound.spec, file=str(file.relative_to(self._root)))
            bound = dataclasses.replace(bound, spec=spec)
        return Tool(spec=bound.spec, generation=self.generation, run=partial(self._run, bound))

    async def _run(self, bound: BoundTool, call: Call) -> ToolResult:
        """Run a call; every way to fail but cancellation is a result."""
        mark = object()
        self._calls.add(mark)
        token = running.set((call, bound.spec.service))
        times = [call.started, perf_counter()]
        try:
            arguments = bound.arguments.parse(call.arguments)
            times.append(perf_counter())
            if bound.context is not None:
                arguments[bound.context] = Context(
                    call, tool=bound.spec.full_name, call_tool=self._call_tool
                )
            if call.deadline is None:
                value = await self._invoke(bound, arguments, mark)
            else:
                left = call.deadline - time.monotonic()
                value = await self._in_time(bound, arguments, mark, call=call.id, left=left)
            times.append(perf_counter())
            return outcome_of(bound.result, value, Measured(times, self.generation))
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            return self._failed(bound, call, error, times)
        except (InputNeeded, BaseExceptionGroup) as error:
            if questions := needed(error):
                return asking(questions, Measured(times, self.generation))
            if not isinstance(error, Exception):
                raise
            return self._failed(bound, call, error, times)
        except (Exception, SystemExit) as error:
            return self._failed(bound, call, error, times)
        finally:
            running.reset(token)
            self._end(self._calls, mark)

    def _failed(
        self, bound: BoundTool, call: Call, error: BaseException, times: list[float]
    ) -> ToolResult:
        fault = fault_of(error, tool=bound.spec.full_name, call=call, root=self._root)
        return failure(fault, error, Measured(times, self.generation))

    async def _in_time(
        self, bound: BoundTool, arguments: dict[str, Any], mark: object, *, call: int, left: float
    ) -> Any:
        if left > 0:
            with deadlines.within(left, call=call):
                return await self._invoke(bound, arguments, mark)
        raise DeadlinePassed(runs_on=mark in self._threads)

    def _invoke(self, bound: BoundTool, arguments: dict[str, Any], mark: object) -> Awaitable[Any]:
        if bound.threaded:
            return self._in_thread(bound, arguments, mark)
        if self._run_async is _here:
            return bound.function(**arguments)
        return self._run_async(partial(bound.function, **arguments))

    async def _in_thread(self, bound: BoundTool, arguments: dict[str, Any], mark: object) -> Any:
        def work() -> Any:
            self._threads.add(mark)
            try:
                return bound.function(**arguments)
            finally:
                self._end(self._threads, mark)

        value = await to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limiter)
        if inspect.isawaitable(value):
            return await self._run_async(partial(_awaited, value))
        return value

    def _end(self, group: set[object], mark: object) -> None:
        """Count a call out; from any thread. Whoever drains looks again."""
        group.discard(mark)
        for wake in tuple(self._drainers):
            with suppress(RuntimeError):  # the loop has closed: no one waits any more
                wake()


async def _here(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return await work()


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


def _is_cancelled() -> bool:
    """Whether someone cancelled this task; else the tool raised ``CancelledError`` by itself."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
