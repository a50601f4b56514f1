"""Files that this host asks the runtime to serve in processes of their own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from micro.backends.host.messages import Elsewhere, ToRuntime
from micro.backends.host.orders import Settled
from micro.events import LoadError
from micro.registry.discovery import Source


class Moves:
    """Asks, and waits for what becomes of it.

    Args:
        send: Tells the runtime.
    """

    def __init__(self, send: Callable[[ToRuntime], None]) -> None:
        self._send = send
        self._asked: dict[int, asyncio.Future[LoadError | None]] = {}
        self._ids = itertools.count(1)

    async def ask(self, source: Source) -> LoadError | None:
        """Have a file served elsewhere; gives why that does not work, if so."""
        number = next(self._ids)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        self._send(Elsewhere(id=number, file=str(source.path)))
        try:
            return await asked
        finally:
            del self._asked[number]

    def settle(self, message: Settled) -> None:
        """Take in what became of one."""
        if asked := self._asked.get(message.id):
            asked.set_result(message.error)
