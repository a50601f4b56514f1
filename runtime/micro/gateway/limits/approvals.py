"""Calls that wait for somebody to allow them, and what was decided.

Who decides, and where they see it, is the control door's; here a call asks and waits.
"""

from __future__ import annotations

import time

import anyio

from micro.calls import Call
from micro.errors import MicroError
from micro.events import ApprovalAsked, ApprovalDecided, EventBus
from micro.redaction import Redactor
from micro.snapshots import ApprovalView

TIMEOUT = 300.0
"""Seconds that a call waits for a decision, if its own deadline is not earlier."""
MOST = 200
"""Calls that wait at a time; more are refused."""


class Approvals:
    """What waits in one runtime.

    Args:
        bus: Told of what is asked and what is decided.
        redactor: Takes secrets out of what who decides is shown.
    """

    def __init__(self, bus: EventBus, redactor: Redactor) -> None:
        self._bus = bus
        self._redactor = redactor
        self._waiting: dict[int, _Asked] = {}

    @property
    def waiting(self) -> tuple[ApprovalView, ...]:
        """What waits, oldest first."""
        return tuple(asked.view for asked in self._waiting.values())

    @property
    def is_full(self) -> bool:
        """Whether no more may wait."""
        return len(self._waiting) >= MOST

    async def ask(
        self, call: Call, patience: float, *, reason: str = ""
    ) -> tuple[bool | None, str]:
        """Wait for a decision: whether it is allowed, ``None`` if nobody decided; and who did.

        Args:
            call: What waits.
            patience: Seconds for which it does.
            reason: Why somebody has to allow it, for who decides.
        """
        view = ApprovalView(
            call=call.id,
            since=time.time(),
            tool=call.name,
            subject=call.caller.subject,
            client=call.caller.client,
            arguments=self._redactor.arguments(call),
            reason=self._redactor.of_call(call.id, reason),
        )
        asked = self._waiting[call.id] = _Asked(view)
        self._bus.publish(ApprovalAsked(call=call.id, tool=call.name, subject=view.subject))
        try:
            with anyio.move_on_after(patience):
                await asked.decided.wait()
        finally:
            del self._waiting[call.id]
            self._bus.publish(
                ApprovalDecided(call=call.id, allowed=asked.allowed is True, by=asked.by)
            )
        return asked.allowed, asked.by

    def decide(self, call: int, *, allowed: bool, by: str) -> None:
        """Let a call go on, or not.

        Raises:
            MicroError: It does not wait, or somebody has decided already.
        """
        asked = self._waiting.get(call)
        if asked is None or asked.allowed is not None:
            raise MicroError(
                f"call {call} does not wait for approval", mend="list those that do: micro approve"
            )
        asked.allowed, asked.by = allowed, by
        asked.decided.set()


class _Asked:
    """A call that waits."""

    __slots__ = ("allowed", "by", "decided", "view")

    def __init__(self, view: ApprovalView) -> None:
        self.view = view
        self.decided = anyio.Event()
        self.allowed: bool | None = None
        self.by = ""
