"""Deadlines that stand still while somebody is in a debugger.

One clock for the process: whoever sits at a breakpoint needs all of it to wait.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import anyio


class Deadlines:
    """Knows the deadlines that run now. For the thread of the event loop."""

    def __init__(self) -> None:
        self._left: dict[anyio.CancelScope, float] = {}
        self._holds = 0

    @contextmanager
    def within(self, seconds: float) -> Generator[anyio.CancelScope]:
        """Cancel what runs in this context after so many seconds, without an error."""
        with anyio.CancelScope() as scope:
            self._left[scope] = seconds
            if not self._holds:
                scope.deadline = anyio.current_time() + seconds
            try:
                yield scope
            finally:
                del self._left[scope]

    def hold(self) -> None:
        """Let no time pass until ``go_on``."""
        self._holds += 1
        if self._holds == 1:
            for scope in self._left:
                self._left[scope] = scope.deadline - anyio.current_time()
                scope.deadline = math.inf

    def go_on(self) -> None:
        """Let time pass again, as often as it was held."""
        self._holds -= 1
        if not self._holds:
            for scope, left in self._left.items():
                scope.deadline = anyio.current_time() + left


deadlines = Deadlines()
