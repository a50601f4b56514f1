"""Deadlines that stand still while somebody is in a debugger, or a call waits for its client.

One clock for the process: whoever sits at a breakpoint needs all of it to wait.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import anyio

Tell = Callable[[bool], None]
"""Told that the time of a call stands still, and that it goes on."""


@dataclass(slots=True, kw_only=True, eq=False)
class Limit:
    """A deadline that runs.

    Attributes:
        deadline: On the event loop's clock; infinite while its time stands still.
        left: Seconds that it had left when its time stood still last; ``since``: since when that
            is, ``None`` while it goes on; ``moved``: how long that was before, together.
    """

    scope: anyio.CancelScope
    call: int
    deadline: float
    left: float = math.inf
    since: float | None = None
    moved: float = 0.0

    @property
    def cancelled_caught(self) -> bool:
        """Whether it passed, and ended what ran."""
        return self.scope.cancelled_caught

    def stop(self) -> None:
        """Let its time stand still."""
        if self.since is None:
            self.since = anyio.current_time()
            self.left = self.deadline - self.since
            self.deadline = math.inf

    def start(self) -> None:
        """Let its time go on."""
        if self.since is not None:
            now = anyio.current_time()
            self.moved += now - self.since
            self.since = None
            self.deadline = now + self.left


class Deadlines:
    """Knows the deadlines that run now. For the thread of the event loop.

    One timer rings for the next of them: to set one for every call, and to take it back, would cost
    more than most calls.
    """

    def __init__(self) -> None:
        self._limits: dict[Limit, None] = {}
        self._holds = 0
        self._waiting: dict[int, int] = {}
        self._watchers: dict[int, list[Tell]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def are_running(self) -> bool:
        """Whether time passes for every call."""
        return not self._holds and not self._waiting

    @contextmanager
    def within(self, seconds: float, *, call: int = 0) -> Generator[Limit]:
        """Cancel what runs in this context after so many seconds, without an error.

        Args:
            seconds: How long, not counting the time that stands still.
            call: Id of the call whose deadline it is; 0 if it is none's.
        """
        with anyio.CancelScope() as scope:
            limit = Limit(scope=scope, call=call, deadline=anyio.current_time() + seconds)
            self._limits[limit] = None
            if self._holds or call in self._waiting:
                limit.stop()
            self._set_timer(limit.deadline)
            try:
                yield limit
            finally:
                del self._limits[limit]

    def _set_timer(self, deadline: float) -> None:
        """Let the timer ring in time for a deadline."""
        if deadline == math.inf:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if (
                self._loop is loop
                and not self._timer.cancelled()
                and self._timer.when() <= deadline
            ):
                return
            self._timer.cancel()
        self._loop, self._timer = loop, loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        """Cancel what is due."""
        self._timer = None
        now = anyio.current_time()
        for limit in self._limits:
            if limit.deadline <= now:
                limit.scope.cancel()
        later = [limit.deadline for limit in self._limits if limit.deadline > now]
        self._set_timer(min(later, default=math.inf))

    def hold(self) -> None:
        """Let no time pass until ``go_on``."""
        self._holds += 1
        self._settle()

    def go_on(self) -> None:
        """Let time pass again, as often as it was held."""
        self._holds -= 1
        self._settle()

    def pause(self, call: int) -> None:
        """Let no time pass for one call until ``resume``."""
        self._waiting[call] = self._waiting.get(call, 0) + 1
        self._settle(call)

    def resume(self, call: int) -> None:
        """Let its time pass again, as often as it was paused."""
        pauses = self._waiting.pop(call, 0)
        if pauses > 1:
            self._waiting[call] = pauses - 1
        self._settle(call)

    def forget(self, call: int) -> None:
        """Know nothing more of the pauses of a call: it has ended."""
        self._waiting.pop(call, None)

    @contextmanager
    def paused(self, call: int) -> Generator[None]:
        """Let no time pass for one call within this context."""
        self.pause(call)
        try:
            yield
        finally:
            self.resume(call)

    @contextmanager
    def watched(self, call: int, tell: Tell) -> Generator[None]:
        """Tell of one call's pauses within this context."""
        watchers = self._watchers.setdefault(call, [])
        watchers.append(tell)
        try:
            yield
        finally:
            watchers.remove(tell)
            if not watchers:
                del self._watchers[call]

    def moved(self, call: int) -> float:
        """Give how many seconds later a call's deadline is than when it began."""
        return max((limit.moved for limit in self._limits if limit.call == call), default=0.0)

    def _settle(self, call: int | None = None) -> None:
        """Stop what has to stand still and start the rest; of one call, or of all."""
        for limit in self._limits:
            if call is None or limit.call == call:
                still = self._holds or limit.call in self._waiting
                (limit.stop if still else limit.start)()
                self._set_timer(limit.deadline)
        if call is not None:
            for tell in self._watchers.get(call, ()):
                tell(call in self._waiting)


deadlines = Deadlines()
"""Those of this process."""
