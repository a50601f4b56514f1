"""Tells older clients that a list changed, whether the SDK knows them or not.

Those of 2026-07-28 hear of it as they asked to (``listeners``).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from micro.events import AnyEvent, EventBus, ListChanged, ToolsChanged

_CHANGED = {
    kind: b'{"jsonrpc":"2.0","method":"notifications/%b/list_changed"}' % kind.encode()
    for kind in ("tools", "resources", "prompts")
}


def changed_list(event: AnyEvent) -> str:
    """Give which list an event says is another one, as notifications name it; empty if none."""
    match event:
        case ToolsChanged():
            return "tools"
        case ListChanged(kind=kind):
            return f"{kind}s"
        case _:
            return ""


class News:
    """Who wants to hear of changes."""

    def __init__(self, bus: EventBus) -> None:
        self._readers: dict[Callable[[bytes], None], None] = {}
        bus.attach(self._take, calls=False)

    @contextmanager
    def told(self, reader: Callable[[bytes], None]) -> Generator[None]:
        """Give ``reader`` the notification of every change within this context."""
        self._readers[reader] = None
        try:
            yield
        finally:
            del self._readers[reader]

    def _take(self, event: AnyEvent) -> None:
        if kind := changed_list(event):
            for reader in tuple(self._readers):
                reader(_CHANGED[kind])
