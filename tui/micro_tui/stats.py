"""Figures over the last seconds of calls: rate, percentiles, share of failures, activity.

Time is always given from outside, in seconds since the epoch.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain

from micro.events import Outcome

RATE_WINDOW = 10
"""Whole seconds that the rate is taken over."""

LATENCY_WINDOW = 60.0
"""Seconds that percentiles and the share of failures look back."""

_SAMPLES = 1000

Ended = tuple[float, float, Outcome]
"""When a call ended, how many seconds it took, and how it ended."""


def failed(outcome: Outcome) -> bool:
    """Say whether a call that ended so counts as a failure."""
    return outcome in ("error", "refused")


def percentile(values: Iterable[float], share: float) -> float | None:
    """Give the value that ``share`` of the values do not exceed; ``None`` if there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Activity:
    """Counts in steps of time, for a sparkline."""

    def __init__(self, *, step: float, steps: int) -> None:
        self.step = step
        self._counts = [0] * steps
        self._newest = 0

    def add(self, now: float) -> None:
        """Count one at ``now``; a moment older than all steps is not counted."""
        at = int(now / self.step)
        if at > self._newest:
            self._advance(now)
        if at > self._newest - len(self._counts):
            self._counts[at % len(self._counts)] += 1

    def add_all(self, moments: Iterable[float]) -> None:
        """Count many at once."""
        counts = Counter(int(moment / self.step) for moment in moments)
        if counts:
            self._advance(max(counts) * self.step)
        for at, count in counts.items():
            if self._newest - len(self._counts) < at <= self._newest:
                self._counts[at % len(self._counts)] += count

    def _advance(self, now: float) -> None:
        at = int(now / self.step)
        for fresh in range(max(self._newest + 1, at - len(self._counts) + 1), at + 1):
            self._counts[fresh % len(self._counts)] = 0
        self._newest = max(self._newest, at)

    def values(self, now: float) -> list[int]:
        """Give the counts, oldest first, up to ``now``."""
        self._advance(now)
        count = len(self._counts)
        return [self._counts[(self._newest + 1 + i) % count] for i in range(count)]


def _activity() -> Activity:
    return Activity(step=2.0, steps=6)


@dataclass(slots=True)
class ToolStats:
    """What one tool did since the dashboard has watched."""

    calls: int = 0
    failures: int = 0
    durations: deque[float] = field(default_factory=lambda: deque[float](maxlen=128))
    activity: Activity = field(default_factory=_activity)

    @property
    def p95(self) -> float | None:
        """Seconds that 95 in 100 of the last calls did not exceed; ``None`` before the first."""
        return self.percentile(0.95)

    def percentile(self, share: float) -> float | None:
        """Give the seconds that so many of the last calls did not exceed."""
        return percentile(self.durations, share)


@dataclass(slots=True)
class ServiceStats:
    """What one service did: its last minutes in steps of five seconds."""

    calls: int = 0
    failures: int = 0
    durations: deque[float] = field(default_factory=lambda: deque[float](maxlen=512))
    activity: Activity = field(default_factory=lambda: Activity(step=5.0, steps=24))

    def percentile(self, share: float) -> float | None:
        """Give the seconds that so many of the last calls did not exceed."""
        return percentile(self.durations, share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The figures of the status line; ``None`` where there was no call to take them from."""

    rate: float
    p50: float | None
    p95: float | None
    failed: float


class Stats:
    """Takes in calls as they start and finish, and gives the figures."""

    def __init__(self) -> None:
        self.tools: dict[str, ToolStats] = {}
        self.services: dict[str, ServiceStats] = {}
        self._started = Activity(step=1.0, steps=RATE_WINDOW + 1)
        self._ended = deque[tuple[float, float, bool]](maxlen=_SAMPLES)

    def tool(self, name: str) -> ToolStats:
        """Give a tool's figures, empty ones if it was never called."""
        found = self.tools.get(name)
        if found is None:
            found = self.tools[name] = ToolStats()
        return found

    def service(self, name: str) -> ServiceStats:
        """Give a service's figures, empty ones if it was never called."""
        found = self.services.get(name)
        if found is None:
            found = self.services[name] = ServiceStats()
        return found

    def started(self, tool: str, now: float) -> None:
        """Count a call that came in."""
        self._started.add(now)
        stats = self.tool(tool)
        stats.calls += 1
        stats.activity.add(now)
        service = self.service(tool.partition(".")[0])
        service.calls += 1
        service.activity.add(now)

    def finished(self, tool: str, outcome: Outcome, *, duration: float, now: float) -> None:
        """Count how a call ended."""
        bad = failed(outcome)
        self._ended.append((now, duration, bad))
        stats = self.tool(tool)
        service = self.service(tool.partition(".")[0])
        stats.failures += bad
        service.failures += bad
        if outcome != "refused":
            stats.durations.append(duration)
            service.durations.append(duration)

    def fill(self, calls: Mapping[str, tuple[Sequence[float], Sequence[Ended]]]) -> None:
        """Take in many calls at once, without counting them; services are left as they are.

        Args:
            calls: By tool, when calls of it started and how those ended that did.
        """
        for name, (started, ended) in calls.items():
            self._started.add_all(started)
            self.tool(name).activity.add_all(started)
            self.tool(name).durations.extend(took for _, took, how in ended if how != "refused")
        everything = chain.from_iterable(ended for _, ended in calls.values())
        latest = sorted(nlargest(_SAMPLES, everything))
        self._ended.extend((now, took, failed(outcome)) for now, took, outcome in latest)

    def totals(self, now: float) -> Totals:
        """Give the figures as of ``now``; the second that has only begun does not count."""
        recent = [e for e in self._ended if e[0] > now - LATENCY_WINDOW]
        durations = [duration for _, duration, _ in recent]
        return Totals(
            rate=sum(self._started.values(now)[:-1]) / RATE_WINDOW,
            p50=percentile(durations, 0.5),
            p95=percentile(durations, 0.95),
            failed=sum(failed for *_, failed in recent) / len(recent) if recent else 0.0,
        )
