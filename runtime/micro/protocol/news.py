"""Tells older clients on lines that the list of tools changed, whether the SDK knows them or not.

Those of 2026-07-28, and older ones over HTTP, hear of it through the SDK (``changes``).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from micro.events import AnyEvent, EventBus, ToolsChanged

TOOLS_CHANGED = b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'


class LineNews:
    """Who on lines wants to hear of changes."""

    def __init__(self, bus: EventBus) -> None:
        self._readers: dict[Callable[[], None], None] = {}
        bus.attach(self._take)

    @contextmanager
    def told(self, reader: Callable[[], None]) -> Generator[None]:
        """Call ``reader`` at every change within this context."""
        self._readers[reader] = None
        try:
            yield
        finally:
            del self._readers[reader]

    def _take(self, event: AnyEvent) -> None:
        if type(event) is ToolsChanged:
            for reader in tuple(self._readers):
                reader()
