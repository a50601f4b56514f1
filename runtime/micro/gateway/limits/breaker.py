"""A circuit breaker: after faults in a row it lets nothing through, then some probes, then all.

Counts what it is told; which results are faults of the service is its stage's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from micro.policies import CircuitBreaker

State = Literal["closed", "open", "half-open"]
Verdict = Literal["ok", "fault", "neither"]

PROBING = 1.0
"""Seconds after which a caller may ask again while the probes run."""


class Breaker:
    """The breaker of one tool of one generation; new code gets a new chance.

    Args:
        settings: When it opens, for how long, and how many probes close it.
        clock: Seconds that never go back.
        tell: Told of every new state, with the number of faults in a row.
    """

    def __init__(
        self,
        settings: CircuitBreaker,
        *,
        clock: Callable[[], float],
        tell: Callable[[State, int], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._tell = tell
        self._opened_at = 0.0
        self._probes = 0
        self._passed = 0
        self._epoch = 0
        self.state: State = "closed"
        self.failures = 0

    def enter(self) -> int:
        """Let a call in, and give what ``leave`` wants to know; -1 if it may not come in."""
        if self.state == "open" and self._clock() - self._opened_at >= self._settings.pause:
            self._become("half-open")
        if self.state == "closed":
            return self._epoch
        if self.state == "open" or self._probes >= self._settings.probes:
            return -1
        self._probes += 1
        return self._epoch

    def leave(self, entered: int, verdict: Verdict) -> None:
        """Take in how a call ended; one that came in under an earlier state does not count."""
        if entered != self._epoch:
            return
        if self.state == "closed":
            self._count(verdict)
        elif verdict == "fault":
            self.failures += 1
            self._become("open")
        elif verdict == "ok":
            self._passed += 1
            if self._passed == self._settings.probes:
                self._become("closed")
        else:
            self._probes -= 1  # it proved nothing: another one may try

    @property
    def retry_after(self) -> float:
        """Seconds until a call may be let in."""
        if self.state == "open":
            return max(0.0, self._opened_at + self._settings.pause - self._clock())
        return PROBING if self.state == "half-open" else 0.0

    def _count(self, verdict: Verdict) -> None:
        if verdict == "ok":
            self.failures = 0
        elif verdict == "fault":
            self.failures += 1
            if self.failures >= self._settings.failures:
                self._become("open")

    def _become(self, state: State) -> None:
        self.state = state
        self._epoch += 1
        self._probes = self._passed = 0
        if state == "open":
            self._opened_at = self._clock()
        elif state == "closed":
            self.failures = 0
        self._tell(state, self.failures)
