"""Orders that take more than one question to the runtime. They raise ``MicroError``."""

from __future__ import annotations

from micro.control import Called
from micro.errors import MicroError
from micro.snapshots import CallView
from micro_tui.feed import Feed
from micro_tui.format import clean
from micro_tui.paint.call import call_text


async def call_again(feed: Feed, view: CallView) -> Called:
    """Call a tool with all the arguments of an earlier call, not only those in its row."""
    detail = await feed.detail(view.call)
    if detail is None:
        raise MicroError("the arguments of this call are no longer kept")
    return await feed.call(view.tool, detail.arguments or "{}")


async def text_of_call(feed: Feed, view: CallView) -> str:
    """Give a call as text: all that is kept, or what its row says."""
    try:
        detail = await feed.detail(view.call)
    except MicroError:
        detail = None
    return call_text(detail) if detail else clean(view.arguments)
