"""Bounds the calls that run at the same time in the whole gateway; those beyond are refused."""

from __future__ import annotations

from micro.calls import Call, CallNext, ToolResult
from micro.errors import Overloaded

RETRY_AFTER = 1.0
"""Seconds after which a refused caller may try again: nobody knows how long calls take."""


class Admission:
    """The stage of one gateway."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running = 0

    async def __call__(self, call: Call, call_next: CallNext) -> ToolResult:
        """Run a call, unless as many run as may. What another tool calls belongs to that one's.

        Raises:
            Overloaded: The gateway is full.
        """
        if self._running >= self._limit and call.caller.door != "service":
            raise Overloaded(
                f"The server runs {self._limit} calls already, as many as it may.",
                retry_after=RETRY_AFTER,
                mend="call again a little later",
            )
        self._running += 1
        try:
            return await call_next(call)
        finally:
            self._running -= 1
