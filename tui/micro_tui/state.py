"""What the dashboard knows, as plain data.

No screen in here; ``facts`` takes events into it, ``link`` the rest that a feed tells.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from micro.events import LogWritten, ProblemFound, ToolsListed
from micro.snapshots import (
    ApprovalView,
    BreakerView,
    CallView,
    ClientView,
    HostView,
    RateView,
    ServiceView,
    ToolView,
)
from micro_tui.ring import Ring
from micro_tui.stats import Stats

Part = Literal["calls", "logs", "services", "status"]

CALLS_KEPT = 100_000
LOGS_KEPT = 10_000
PROBLEMS_KEPT = 100


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A line between calls: what happened to the code or the connection at that moment.

    ``before`` and ``after`` are generations, 0 where there is none; ``duration`` in seconds.
    """

    kind: Literal["reload", "failed", "note"]
    time: float
    text: str = ""
    service: str = ""
    before: int = 0
    after: int = 0
    changes: tuple[str, ...] = ()
    duration: float = 0.0


StreamRow = CallView | Mark


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that is shown. ``dirty`` names the parts that changed since it was emptied.

    Attributes:
        stream: Calls and marks, oldest first.
        breakpoints: Those that code came to and nobody was shown yet.
        running: Where in the stream each call stands that has not ended, by its number.
        silent_since: Since when the runtime, though connected, answers nothing.
        callers: How often each client called, whether it stays connected or not.
        lists: Who was given the list of tools, and when last.
        waiting: Calls that somebody has to allow, by their number, the oldest first.
        stale_tools: A fresh snapshot is needed to know the tools.
        moment: When this was so; ``None`` if it is so now.
        cleared: When the newest call came that was cleared away; 0 if none was.
    """

    link: Literal["connecting", "live", "lost"] = "connecting"
    lost_at: float = 0.0
    silent_since: float | None = None
    name: str = ""
    project: str = ""
    pid: int | None = None
    version: str = ""
    addresses: tuple[str, ...] = ()
    hosts: tuple[HostView, ...] = ()
    host: HostView = field(default_factory=lambda: HostView(pid=None, state="starting"))
    services: dict[str, ServiceView] = field(default_factory=dict[str, ServiceView])
    clients: dict[str, ClientView] = field(default_factory=dict[str, ClientView])
    callers: Counter[str] = field(default_factory=Counter[str])
    lists: dict[tuple[str, ...], ToolsListed] = field(
        default_factory=dict[tuple[str, ...], ToolsListed]
    )
    stream: Ring[StreamRow] = field(default_factory=lambda: Ring[StreamRow](CALLS_KEPT))
    logs: Ring[LogWritten] = field(default_factory=lambda: Ring[LogWritten](LOGS_KEPT))
    problems: deque[ProblemFound] = field(
        default_factory=lambda: deque[ProblemFound](maxlen=PROBLEMS_KEPT)
    )
    problem_count: int = 0
    breakpoints: list[int] = field(default_factory=list[int])
    running: dict[int, int] = field(default_factory=dict[int, int])
    calls: int = 0
    dropped: int = 0
    waiting: dict[int, ApprovalView] = field(default_factory=dict[int, ApprovalView])
    rates: tuple[RateView, ...] = ()
    breakers: tuple[BreakerView, ...] = ()
    stats: Stats = field(default_factory=Stats)
    stale_tools: bool = False
    dirty: set[Part] = field(default_factory=set[Part])
    moment: float | None = None
    cleared: float = 0.0

    def when(self, now: float) -> float:
        """Give the moment that this tells of: now, or an earlier one."""
        return now if self.moment is None else self.moment

    @property
    def tool_count(self) -> int:
        """How many tools clients may see."""
        return sum(len(service.tools) for service in self.services.values())

    @property
    def failed_services(self) -> list[ServiceView]:
        """The services whose code does not load, by name."""
        return [s for _, s in sorted(self.services.items()) if s.state == "failed"]


def find_tool(state: State, name: str) -> ToolView | None:
    """Give the tool of this full name, ``None`` if nothing serves it now."""
    for service in state.services.values():
        for tool in service.tools:
            if tool.name == name:
                return tool
    return None


def clear_calls(state: State, *, now: float) -> None:
    """Begin with an empty stream; what is recorded elsewhere stays."""
    ring = state.stream
    times = [row.time for row in ring.rows() if isinstance(row, CallView)]
    count = len(times)
    state.cleared = max(times, default=state.cleared)
    ring.clear()
    note = f"{count:,} calls cleared away; u brings them back"
    ring.append(Mark(kind="note", time=now, text=note))
    state.dirty.update(("calls", "status"))


def restore_calls(state: State) -> None:
    """Bring back what was cleared away."""
    state.cleared = 0.0
    state.stream.restore()
    state.dirty.update(("calls", "status"))
