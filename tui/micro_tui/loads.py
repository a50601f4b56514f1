"""A service as the events of its loads tell of it, until a snapshot brings its schemas."""

from __future__ import annotations

from micro.events import ServiceFailed, ServiceLoaded
from micro.snapshots import ServiceView
from micro_tui.state import Mark


def reload_mark(event: ServiceLoaded, before: int) -> Mark:
    """Give the line between calls that tells of a reload."""
    return Mark(
        kind="reload",
        time=event.time,
        service=event.service,
        before=before,
        after=event.generation,
        changes=event.changes,
        duration=event.duration,
    )


def loaded(event: ServiceLoaded, known: ServiceView | None) -> ServiceView:
    """Give a service that has loaded; of its tools those that are still there."""
    tools = tuple(t for t in known.tools if _belongs(t.name, event)) if known else ()
    return ServiceView(
        name=event.service,
        version=known.version if known else "",
        description=known.description if known else "",
        generation=event.generation,
        state="serving",
        loaded_at=event.time,
        load_duration=event.duration,
        file=event.file,
        error=None,
        changes=event.changes,
        tools=tools,
    )


def _belongs(name: str, event: ServiceLoaded) -> bool:
    return name in event.tools or name.removeprefix(f"{event.service}.") in event.tools


def unseen(event: ServiceFailed) -> ServiceView:
    """Give a service that has never loaded."""
    return ServiceView(
        name=event.service,
        version="",
        description="",
        generation=0,
        state="failed",
        loaded_at=event.time,
        load_duration=0.0,
        file=event.error.file,
        error=event.error,
        changes=(),
        tools=(),
    )
