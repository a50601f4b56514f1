"""Deadlines that stand still while somebody is in a debugger, or a call waits for its client.

One clock for the process: whoever sits at a breakpoint needs all of it to wait.
"""

from __future__ import annotations

import asyncio
import math
from asyncio import CancelledError
from collections.abc import Callable, Generator
from contextlib import contextmanager

import anyio

ASKED_AGAIN = 0.1
"""Seconds after which code is cancelled again that goes on although its deadline has passed."""

Tell = Callable[[bool], None]
"""Told that the time of a call stands still, and that it goes on."""


class Limit:
    """A deadline that runs within its context, and cancels the task that is in there.

    A scope of anyio's would do the same at four times the price, which every call pays.

    Attributes:
        deadline: On the event loop's clock; infinite while its time stands still.
        left: Seconds that it had left when its time stood still last; ``since``: since when that
            is, ``None`` while it goes on; ``moved``: how long that was before, together.
        cancelled_caught: Whether it passed, and ended what ran.
    """

    __slots__ = (
        *("_all", "_asked", "_before", "_task"),
        *("call", "cancelled_caught", "deadline", "left", "moved", "since"),
    )

    def __init__(self, every: Deadlines, seconds: float, call: int) -> None:
        self._all = every
        self._asked = 0
        self.call = call
        self.left = seconds
        self.since: float | None = None
        self.moved = 0.0
        self.cancelled_caught = False

    def __enter__(self) -> Limit:
        """Begin to count."""
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before = task, task.cancelling()
        self.deadline = self._all.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: object
    ) -> bool:
        """Count no more; end a cancellation that was this deadline's, and nobody else's."""
        self._all.end(self)
        if not self._asked:
            return False
        others = self._before
        for _ in range(self._asked):
            others = self._task.uncancel()
        self.cancelled_caught = others <= self._before and isinstance(error, CancelledError)
        return self.cancelled_caught

    def expire(self, now: float) -> None:
        """Cancel what runs; again a little later, if it goes on all the same."""
        self._asked += 1
        self.deadline = now + ASKED_AGAIN
        self._task.cancel()

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

    def within(self, seconds: float, *, call: int = 0) -> Limit:
        """Cancel what runs in this context after so many seconds, without an error.

        Args:
            seconds: How long, not counting the time that stands still.
            call: Id of the call whose deadline it is; 0 if it is none's.
        """
        return Limit(self, seconds, call)

    def begin(self, limit: Limit) -> float:
        """Let the time of a limit run, and give its deadline (for ``Limit``)."""
        loop = asyncio.get_running_loop()
        self._limits[limit] = None
        if self._holds or limit.call in self._waiting:
            limit.since = loop.time()
            return math.inf
        deadline = loop.time() + limit.left
        self._set_timer(deadline, loop)
        return deadline

    def end(self, limit: Limit) -> None:
        """Forget a limit (for ``Limit``)."""
        del self._limits[limit]

    def _set_timer(self, deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        """Let the timer ring in time for a deadline."""
        if deadline == math.inf:
            return
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
        loop = asyncio.get_running_loop()
        now = loop.time()
        for limit in self._limits:
            if limit.deadline <= now:
                limit.expire(now)
        later = [limit.deadline for limit in self._limits]
        self._set_timer(min(later, default=math.inf), loop)

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
                if limit.deadline < math.inf:
                    self._set_timer(limit.deadline, asyncio.get_running_loop())
        if call is not None:
            for tell in self._watchers.get(call, ()):
                tell(call in self._waiting)


deadlines = Deadlines()
"""Those of this process."""
