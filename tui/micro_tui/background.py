"""What is known of an opened call beside the call itself: its record, its caller, its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import anyio

from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView
from micro_tui.desk import Desk
from micro_tui.source import Excerpt, excerpt, last_place
from micro_tui.state import State

_APART = 1.0
"""Seconds between a call's start as the audit log has it and as the call itself does, at most."""
_RECORDS = 20_000
"""The last records, among which that of a call is which is still kept whole."""
_LOOKED_AT = 2_000
"""Rows before a call among which the call is that made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """``record`` is the number of the audit record; ``parent`` is the call that made this one."""

    record: int | None = None
    parent: CallView | None = None
    source: Excerpt | None = None


async def find_background(desk: Desk, detail: CallDetail) -> Background:
    """Look up what there is; what cannot be read is left out."""
    parent = _parent(desk.state, detail.view)
    record, source = await anyio.to_thread.run_sync(
        _read, desk.audit, Path(desk.state.project or "."), detail
    )
    return Background(record=record, parent=parent, source=source)


def _read(
    audit: Path | None, project: Path, detail: CallDetail
) -> tuple[int | None, Excerpt | None]:
    place = last_place(detail.traceback)
    source = excerpt(project, place) if place is not None else None
    ended = audit is not None and detail.view.outcome is not None
    return (_record(audit, detail.view) if ended and audit is not None else None), source


def _record(audit: Path, view: CallView) -> int | None:
    from micro.stores.records import AuditReader, Filter

    reader, wanted = AuditReader(audit), Filter(trace_id=view.trace_id)
    try:
        last = reader.newest(Filter(), 1)
        found = list(reader.after(last[0][0] - _RECORDS, wanted)) if last else []
    except MicroError:
        return None
    times = {seq: abs(r.time - view.time) for seq, r in found if r.tool == view.tool}
    near = min(times, key=times.__getitem__, default=None)
    return near if near is not None and times[near] < _APART else None


def _parent(state: State, view: CallView) -> CallView | None:
    """Give the call whose code made this one: the same trace, and the tool that it says it is."""
    if view.door != "service":
        return None
    ring = state.stream
    for seq in reversed(range(max(ring.first, ring.end - _LOOKED_AT), ring.end)):
        row = ring[seq]
        if not isinstance(row, CallView) or row.time > view.time:
            continue
        if row.trace_id == view.trace_id and row.tool == view.client:
            return row
    return None
