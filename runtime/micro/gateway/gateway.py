"""The one door in: every call, whatever door it came by, goes through ``Gateway.call``.

Knows no protocol: doors decode, this resolves, runs the stages, and gives a result or a refusal.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from math import inf

from micro.calls import NOBODY, Call, Caller, Peer, Stages, Tool, ToolResult, compose, run_tool
from micro.errors import CallsTooDeep, Refused
from micro.events import EventBus
from micro.gateway.auth.auth import Auth
from micro.gateway.company import Company
from micro.gateway.endings import Clean, as_it_is, ended
from micro.gateway.large import LargeResults
from micro.gateway.lists import Lists
from micro.gateway.openings import Openings
from micro.gateway.stages.auth import check_identity
from micro.gateway.stages.deadline import deadline
from micro.gateway.traceparent import new_span_id, new_trace_id, read_traceparent
from micro.gateway.unknown import absent
from micro.registry.catalogue import Catalogue, Found
from micro.registry.registry import Registry
from micro.specs import Kind

DEEPEST_CALL = 16
"""Tools that may call one another, one inside of the other."""
NAME_LIMIT = 200
"""Characters kept of a name that no tool has: a client may send as long a one as it likes."""


_bounded = deadline(inf)
"""Keeps the deadline that a call came with; that of its tool may be earlier."""


async def _nothing() -> None:
    pass


def _unheard(caller: Caller, tools: int) -> None:
    pass


class Gateway:
    """Resolves, refuses or runs calls.

    Args:
        registry: What is served.
        stages: The rings round a call, outermost first.
        catch_up: Waits until what was saved before now is served; awaited before a list is given
            and before a name is taken for unknown.
        auth: What doors ask who calls; by default they ask nobody.
        on_listed: Told who was given the list, and of how many tools.
        company: For calls whose client wants to be told or asked something meanwhile.

    Attributes:
        clean: Takes secrets out of what clients are told of a failure; set by who knows them.
    """

    def __init__(
        self,
        registry: Registry,
        stages: Stages,
        *,
        catch_up: Callable[[], Awaitable[None]] = _nothing,
        auth: Auth | None = None,
        on_listed: Callable[[Caller, int], None] = _unheard,
        company: Company | None = None,
    ) -> None:
        self.clean: Clean = as_it_is
        self._company = company or Company(EventBus())
        self.auth = auth or Auth()
        self._registry = registry
        self._catch_up = catch_up
        self._run = compose(stages, self._innermost)
        self._ids = itertools.count(1)
        self._lists = Lists(registry)
        self._on_listed = on_listed
        self.large = LargeResults(self.find)
        self.openings = Openings()

    def tools(self, caller: Caller) -> tuple[Tool, ...]:
        """List the tools that this caller may call, in a stable order.

        The same tuple is given again to whoever holds the same scopes, until a reload.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        return self.members("tool", caller)

    def members(self, kind: Kind, caller: Caller) -> tuple[Tool, ...]:
        """List what this caller may call of one kind, as ``tools`` does.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        check_identity(caller, self.auth)
        return self._lists.of(kind, caller.scopes)

    async def list_members(self, kind: Kind, caller: Caller) -> tuple[Tool, ...]:
        """List what this caller may call of one kind, once all that was saved is served.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        check_identity(caller, self.auth)
        await self._catch_up()
        return self.members(kind, caller)

    async def list_tools(self, caller: Caller) -> tuple[Tool, ...]:
        """List what this caller may call, once all that was saved before is served.

        Raises:
            Unauthenticated: Its credentials were not taken.
        """
        check_identity(caller, self.auth)
        await self._catch_up()
        tools = self.tools(caller)
        self._on_listed(caller, len(tools))
        return tools

    def find(self, name: str) -> Tool | None:
        """Give the tool of a canonical name or a wire name."""
        return self._registry.catalogue.find(name)

    @property
    def catalogue(self) -> Catalogue:
        """What is served now, whoever may see it."""
        return self._registry.catalogue

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
        trace_id: str = "",
        deadline: float | None = None,
        peer: Peer = NOBODY,
    ) -> ToolResult:
        """Run a tool, or refuse to.

        Args:
            name: Canonical or wire name.
            arguments: JSON text of an object, as it was sent.
            caller: Who calls, by which door.
            traceparent: W3C header or ``_meta`` value of the caller; ignored if not valid.
            trace_id: Id of the trace if that names none; empty: one is made.
            deadline: On ``time.monotonic``'s clock, if the caller has one; the tool's own may be
                earlier.
            peer: What the caller can be told and asked meanwhile.

        Raises:
            Refused: The tool's code did not run. Its ``trace_id`` is set.
        """
        tool = self.find(name)
        if tool is None:
            await self._catch_up()
            tool = self.find(name)
        trace_id, parent_id = read_traceparent(traceparent) or (trace_id or new_trace_id(), "")
        call = Call(
            id=next(self._ids),
            name=tool.spec.full_name if tool else name[:NAME_LIMIT],
            tool=tool,
            arguments=arguments,
            trace_id=trace_id,
            span_id=new_span_id(),
            parent_id=parent_id,
            caller=caller,
            deadline=deadline,
            peer=peer,
        )
        return await self._finish(call)

    async def look_up(self, find: Callable[[Catalogue], Found]) -> Found:
        """Find what is asked for, if need be once all that was saved before is served."""
        found = find(self._registry.catalogue)
        if found.member is None:
            await self._catch_up()
            found = find(self._registry.catalogue)
        return found

    async def use(
        self,
        found: Found,
        *,
        caller: Caller,
        traceparent: str = "",
        trace_id: str = "",
        peer: Peer = NOBODY,
    ) -> ToolResult:
        """Read a resource, get a prompt or complete an argument: as ``call`` does, or refuse to.

        Raises:
            Refused: The code did not run. Its ``trace_id`` is set.
        """
        member = found.member
        trace_id, parent_id = read_traceparent(traceparent) or (trace_id or new_trace_id(), "")
        call = Call(
            id=next(self._ids),
            name=member.spec.full_name if member else found.name[:NAME_LIMIT],
            tool=member,
            arguments=found.arguments,
            trace_id=trace_id,
            span_id=new_span_id(),
            parent_id=parent_id,
            caller=caller,
            peer=peer,
            kind=found.kind,
        )
        return await self._finish(call)

    async def _finish(self, call: Call) -> ToolResult:
        try:
            if call.peer is NOBODY:
                result = await self._run(call)
            else:
                with self._company.keep(call) as accompanied:
                    result = await self._run(accompanied)
        except Refused as refusal:
            refusal.trace_id = call.trace_id
            raise
        return ended(call, result, self.clean)

    async def _innermost(self, call: Call) -> ToolResult:
        if call.caller.depth > DEEPEST_CALL:
            raise CallsTooDeep(
                f"{call.name} was called through {DEEPEST_CALL} other tools",
                mend="let the tools share a function instead of calling one another in a circle",
            )
        check_identity(call.caller, self.auth)
        if call.tool is not None:
            run = call.tool.guard or run_tool
            result = await (run(call) if call.deadline is None else _bounded(call, run))
            if result.fault is None or result.fault.kind != "gone":
                return result
        was = call.tool.spec if call.tool else self._registry.removed(call.name)
        return absent(call, was, self.members(call.kind, call.caller))
