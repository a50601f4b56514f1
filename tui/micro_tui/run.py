"""Runs the dashboard in the calling thread, which must be the main one."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micro.control.over_web import Elsewhere
    from micro_tui.lent import Lent

_FRAMES = "240"
"""Frames a second at most: they come when there is something to draw, and a key waits for one."""


def import_screen() -> None:
    """Import what draws: most of the time that ``run_dashboard`` takes, unless it is done before.

    The screen library reads how often it may draw when it is imported.
    """
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES)
    import micro_tui.app  # pyright: ignore[reportUnusedImport]  # noqa: F401


def run_dashboard(
    where: Path | Elsewhere,
    *,
    lent: Lent | None = None,
    title: str = "",
    audit: Path | None = None,
    over: threading.Event | None = None,
    mouse: bool = True,
) -> int:
    """Draw a runtime until one leaves; gives an exit code.

    The runtime may not be there yet, and may go and come back. Nothing is stopped on leaving.

    Args:
        where: Its control socket, or where else it is.
        lent: What others can do with calls and services.
        title: The project's name until the runtime tells it.
        audit: The audit log's file, if it can be read here.
        over: Leaves it when it is set.
        mouse: Whether to take the mouse; without, the terminal selects text by itself.
    """
    from micro_tui.kept import Memory, state_folder
    from micro_tui.terminal import dark_background

    project = str(where) if isinstance(where, Path) else where.url
    memory = Memory(state_folder(), project=project)
    known = os.environ.get("MICRO_THEME") or memory.tastes().theme
    dark = None if known else dark_background()
    import_screen()

    from micro_tui.app import DevApp
    from micro_tui.feed import ControlFeed

    feed = ControlFeed(where)
    app = DevApp(feed, lent=lent, title=title, memory=memory, dark=dark, audit=audit)
    app.over = over
    app.run(mouse=mouse and os.environ.get("MICRO_MOUSE") != "0")
    return app.return_code or 0
