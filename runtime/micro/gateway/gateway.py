"""The one door in: every call, whatever door it came by, goes through ``Gateway.call``.

Knows no protocol: doors decode, this resolves, runs the stages, and gives a result or a refusal.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from micro.calls import Call, Caller, ProgressSink, Stage, Tool, ToolResult, compose, run_tool
from micro.errors import CallsTooDeep, Refused, UnknownTool, did_you_mean
from micro.gateway.auth.auth import Auth
from micro.gateway.scopes import missing_scopes
from micro.gateway.stages.auth import check_identity
from micro.gateway.traceparent import new_ids, read_traceparent
from micro.registry.registry import Registry

DEEPEST_CALL = 16
"""Tools that may call one another, one inside of the other."""
NAME_LIMIT = 200
"""Characters kept of a name that no tool has: a client may send as long a one as it likes."""


LISTS = 1_000
"""Sets of scopes whose list of tools is kept."""


async def _nothing() -> None:
    pass


class Gateway:
    """Resolves, refuses or runs calls.

    Args:
        registry: What is served.
        stages: The rings round a call, outermost first.
        catch_up: Waits until what was saved before now is served; awaited before a list is given
            and before a name is taken for unknown.
        auth: What doors ask who calls; by default they ask nobody.
    """

    def __init__(
        self,
        registry: Registry,
        stages: Sequence[Stage],
        *,
        catch_up: Callable[[], Awaitable[None]] = _nothing,
        auth: Auth | None = None,
    ) -> None:
        self.auth = auth or Auth()
        self._registry = registry
        self._catch_up = catch_up
        self._run = compose(stages, self._innermost)
        self._ids = itertools.count(1)
        self._listed = registry.catalogue
        self._lists: dict[tuple[str, ...], tuple[Tool, ...]] = {}

    def tools(self, caller: Caller) -> tuple[Tool, ...]:
        """List what this caller may call, in a stable order.

        The same tuple is given again to whoever holds the same scopes, until a reload.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        check_identity(caller)
        catalogue = self._registry.catalogue
        if "*" in caller.scopes:
            return catalogue.tools
        if catalogue is not self._listed:
            self._listed, self._lists = catalogue, {}
        found = self._lists.get(caller.scopes)
        if found is None:
            if len(self._lists) >= LISTS:
                self._lists.clear()
            found = self._lists[caller.scopes] = tuple(
                tool
                for tool in catalogue.tools
                if not missing_scopes(tool.spec.scopes, caller.scopes)
            )
        return found

    async def list_tools(self, caller: Caller) -> tuple[Tool, ...]:
        """List what this caller may call, once all that was saved before is served.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        check_identity(caller)
        await self._catch_up()
        return self.tools(caller)

    def find(self, name: str) -> Tool | None:
        """Give the tool of a canonical name or a wire name."""
        return self._registry.catalogue.find(name)

    @property
    def tools_digest(self) -> str:
        """A hash of the list that clients see."""
        return self._registry.catalogue.digest

    async def call(
        self,
        name: str,
        arguments: bytes,
        *,
        caller: Caller,
        traceparent: str = "",
        deadline: float | None = None,
        on_progress: ProgressSink | None = None,
    ) -> ToolResult:
        """Run a tool, or refuse to.

        Args:
            name: Canonical or wire name.
            arguments: JSON text of an object, as it was sent.
            caller: Who calls, by which door.
            traceparent: W3C header or ``_meta`` value of the caller; ignored if not valid.
            deadline: On ``time.monotonic``'s clock, if the caller has one; the tool's own may be
                earlier.
            on_progress: Takes what the tool reports.

        Raises:
            Refused: The tool's code did not run. Its ``trace_id`` is set.
        """
        tool = self.find(name)
        if tool is None:
            await self._catch_up()
            tool = self.find(name)
        new_id, span_id = new_ids()
        trace_id, parent_id = read_traceparent(traceparent) or (new_id, "")
        call = Call(
            id=next(self._ids),
            name=tool.spec.full_name if tool else name[:NAME_LIMIT],
            tool=tool,
            arguments=arguments,
            trace_id=trace_id,
            span_id=span_id,
            parent_id=parent_id,
            caller=caller,
            deadline=deadline,
            on_progress=on_progress,
        )
        try:
            result = await self._run(call)
        except Refused as refusal:
            refusal.trace_id = trace_id
            raise
        return result if result.trace_id == trace_id else replace(result, trace_id=trace_id)

    async def _innermost(self, call: Call) -> ToolResult:
        if call.caller.depth > DEEPEST_CALL:
            raise CallsTooDeep(
                f"{call.name} was called through {DEEPEST_CALL} other tools",
                mend="let the tools share a function instead of calling one another in a circle",
            )
        check_identity(call.caller)
        if call.tool is None:
            known = [tool.spec.wire_name for tool in self.tools(call.caller)]
            raise UnknownTool(
                f"There is no tool {call.name[:100]!r}.{did_you_mean(call.name, known)}",
                mend="ask for the list of tools",
            )
        return await (call.tool.guard or run_tool)(call)
