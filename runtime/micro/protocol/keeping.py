"""Bounds what all older sessions together keep of what was said in them (``replay``)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import anyio

ALL_BYTES = 64 * 1024 * 1024
"""Bytes that are kept of all sessions together."""


class Keeper(Protocol):
    """What one session keeps."""

    @property
    def size(self) -> int:
        """Bytes that it keeps."""
        ...

    def trim(self) -> None:
        """Keep no more than may be."""
        ...

    def drop_oldest(self) -> bool:
        """Keep the oldest of it no more; false if there is nothing that may go."""
        ...


class Store:
    """Bounds what the sessions of one endpoint keep together.

    Who has said nothing for longest loses what it said first.
    """

    def __init__(
        self, *, limit: int = ALL_BYTES, clock: Callable[[], float] = anyio.current_time
    ) -> None:
        self._limit = limit
        self._sessions: OrderedDict[Keeper, None] = OrderedDict()
        self.clock = clock
        self.size = 0

    def grow(self, session: Keeper, size: int) -> None:
        """Count what a session said just now."""
        self.size += size
        self._sessions[session] = None
        self._sessions.move_to_end(session)
        if self.size > self._limit:
            self._make_room()

    def shrink(self, session: Keeper, size: int) -> None:
        """Count what a session keeps no more."""
        self.size -= size
        if not session.size:
            self._sessions.pop(session, None)

    def _make_room(self) -> None:
        for session in tuple(self._sessions):
            while self.size > self._limit and session.drop_oldest():
                pass

    def trim(self) -> None:
        """Keep nothing that is too old."""
        for session in tuple(self._sessions):
            session.trim()
