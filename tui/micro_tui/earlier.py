"""What the figures and services were at an earlier moment, from the rows that are kept.

Moments are seconds since the epoch. The stream itself as it was is in ``past``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from micro.events import LoadError
from micro.snapshots import CallView, ServiceView
from micro_tui.past import ended_at
from micro_tui.ring import Ring
from micro_tui.state import Mark, State, StreamRow
from micro_tui.stats import Ended, Stats, failed


def state_at(state: State, moment: float) -> State:
    """Give the state with what calls tell as it was; ``moment`` of it says so.

    Who is connected, what the limits have left and which tools there are is as it is now, and of
    services there are no figures. It takes two passes over the rows that are kept.
    """
    stats = _stats_at(state.stats, state.stream, moment)
    marks = [row for row in state.stream.rows() if isinstance(row, Mark) and row.service]
    later = sum(problem.time > moment for problem in state.problems)
    return replace(
        state,
        moment=moment,
        stats=stats,
        calls=state.calls - _calls_after(state.stream, moment),
        services={
            name: _service_at(service, [mark for mark in marks if mark.service == name], moment)
            for name, service in state.services.items()
        },
        problem_count=state.problem_count - later,
    )


def _calls_after(ring: Ring[StreamRow], moment: float) -> int:
    return sum(isinstance(row, CallView) and row.time > moment for row in ring.rows())


@dataclass(slots=True)
class _Seen:
    """What the rows tell of a tool. ``later`` and ``later_failures`` came after the moment."""

    started: list[float] = field(default_factory=list[float])
    ended: list[Ended] = field(default_factory=list[Ended])
    later: int = 0
    later_failures: int = 0


def _seen(rows: Iterable[StreamRow], moment: float) -> dict[str, _Seen]:
    tools: dict[str, _Seen] = defaultdict(_Seen)
    for row in rows:
        if not isinstance(row, CallView):
            continue
        seen, ended = tools[row.tool], ended_at(row)
        if row.time > moment:
            seen.later += 1
        else:
            seen.started.append(row.time)
        if row.outcome is None or ended is None or row.duration is None:
            continue
        if ended > moment:
            seen.later_failures += failed(row.outcome)
        else:
            seen.ended.append((ended, row.duration, row.outcome))
    return tools


def _stats_at(stats: Stats, ring: Ring[StreamRow], moment: float) -> Stats:
    """Give the figures as they were: what came later is taken off, the rest is made anew."""
    then, tools = Stats(), _seen(ring.rows(), moment)
    then.fill({name: (seen.started, seen.ended) for name, seen in tools.items()})
    for name, known in stats.tools.items():
        seen, figures = tools.get(name, _Seen()), then.tool(name)
        figures.calls = known.calls - seen.later
        figures.failures = known.failures - seen.later_failures
    return then


def _service_at(service: ServiceView, marks: Sequence[Mark], moment: float) -> ServiceView:
    """Give a service as its marks tell that it was; what they do not tell is left empty."""
    since = bisect_right(marks, moment, key=lambda mark: mark.time)
    if since == len(marks):
        unknown = not marks and service.loaded_at > moment
        return _blank(service, 0) if unknown else service
    before, undone = marks[since - 1] if since else None, marks[since].before
    if before is None:
        return _blank(service, undone)
    if before.kind == "failed":
        error = LoadError(file="", line=None, message=before.text)
        return msgspec.structs.replace(service, state="failed", error=error, generation=undone)
    return msgspec.structs.replace(
        _blank(service, undone), loaded_at=before.time, load_duration=before.duration
    )


def _blank(service: ServiceView, generation: int) -> ServiceView:
    """Give a service that served, with no word of when it was loaded."""
    return msgspec.structs.replace(
        service, state="serving", error=None, generation=generation, loaded_at=0.0, changes=()
    )
