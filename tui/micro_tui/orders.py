"""Orders that take more than one question to the runtime. They raise ``MicroError``."""

from __future__ import annotations

from micro.control import Called
from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView
from micro_tui.answers import answer_of
from micro_tui.feed import Feed
from micro_tui.state import State


async def call_again(feed: Feed, view: CallView) -> tuple[str, Called]:
    """Call a tool as an earlier call did: all its arguments, its subject, its scopes.

    Gives the answer then, and now.
    """
    detail = await feed.detail(view.call)
    if detail is None:
        raise MicroError("the arguments of this call are no longer kept")
    now = await feed.call(
        view.tool,
        detail.arguments or "{}",
        subject=view.subject or "local",
        scopes=scopes_of(detail),
    )
    return answer_of(detail), now


def scopes_of(detail: CallDetail) -> tuple[str, ...]:
    """Give what a call's caller held; everything if it was let through and that is not known."""
    if not detail.scopes_held and detail.view.outcome != "refused":
        return ("*",)
    return detail.scopes_held


async def detail_of(feed: Feed, view: CallView) -> CallDetail | None:
    """Give what is kept of a call; ``None`` if that is nothing, or another call's by now."""
    try:
        detail = await feed.detail(view.call)
    except MicroError:
        return None
    return detail if detail is not None and detail.view.trace_id == view.trace_id else None


def earlier_call(state: State, view: CallView) -> CallView | None:
    """Give the call of the same tool that came before another and has an answer."""
    ring = state.stream
    passed = False
    for seq in reversed(range(ring.first, ring.end)):
        row = ring[seq]
        if not isinstance(row, CallView):
            continue
        if passed and row.tool == view.tool and row.outcome in ("ok", "error"):
            return row
        passed = passed or row.trace_id == view.trace_id
    return None
