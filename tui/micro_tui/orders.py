"""Orders that take more than one question to the runtime. They raise ``MicroError``."""

from __future__ import annotations

import json
from typing import Any, cast

from micro.control import Called
from micro.errors import MicroError
from micro.snapshots import CallDetail, CallView
from micro_tui.feed import Feed
from micro_tui.state import State


async def call_again(feed: Feed, view: CallView) -> tuple[str, Called]:
    """Call a tool with all the arguments of an earlier call; give its answer then, and now."""
    detail = await feed.detail(view.call)
    if detail is None:
        raise MicroError("the arguments of this call are no longer kept")
    return answer_of(detail), await feed.call(view.tool, detail.arguments or "{}")


async def detail_of(feed: Feed, view: CallView) -> CallDetail | None:
    """Give what is kept of a call; ``None`` if that is nothing, or another call's by now."""
    try:
        detail = await feed.detail(view.call)
    except MicroError:
        return None
    return detail if detail is not None and detail.view.trace_id == view.trace_id else None


def answer_of(detail: CallDetail) -> str:
    """Give a call's answer as one compares it: JSON, or the words alone where it was words."""
    try:
        content = json.loads(detail.result)
    except ValueError:
        return detail.result
    if isinstance(content, list):
        blocks = cast("list[Any]", content)
        if len(blocks) == 1 and isinstance(blocks[0], dict):
            block = cast("dict[str, Any]", blocks[0])
            if block.get("type") == "text":
                return str(block.get("text", ""))
    return detail.result


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
