"""Keeps a call company whose client wants to be told or asked something while it runs.

Its log lines go to the client, and its time stands still while the client is asked. A call whose
client wants neither costs nothing here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from micro.backends.deadlines import deadlines
from micro.calls import Call
from micro.events import AnyEvent, EventBus, LogWritten
from micro.peers import Answer, LogSink, Question


class Company:
    """Knows the calls whose log lines somebody wants.

    Args:
        bus: Where lines are told.
    """

    def __init__(self, bus: EventBus) -> None:
        self._sinks: dict[int, LogSink] = {}
        bus.attach(self._take, calls=False)

    @contextmanager
    def keep(self, call: Call) -> Generator[Call]:
        """Give the call as it is to run within this context."""
        if call.peer.on_log is not None:
            self._sinks[call.id] = call.peer.on_log
        try:
            yield patient(call)
        finally:
            self._sinks.pop(call.id, None)

    def _take(self, event: AnyEvent) -> None:
        """Pass a line on if its service wrote it: not one of a library, nor a ``print``."""
        if type(event) is LogWritten and event.call is not None:
            sink = self._sinks.get(event.call)
            if sink is not None and event.logger.partition(".")[0] == event.service:
                sink(event)


def patient(call: Call) -> Call:
    """Let a call's time stand still while its client is asked something."""
    ask = call.peer.ask
    if ask is None:
        return call

    async def ask_patiently(questions: Sequence[Question]) -> list[Answer]:
        with deadlines.paused(call.id):
            return await ask(questions)

    return replace(call, peer=dataclasses.replace(call.peer, ask=ask_patiently))
