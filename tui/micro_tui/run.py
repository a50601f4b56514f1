"""Runs the dashboard in the calling thread, which must be the main one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micro_tui.exporting import Export


def run_dashboard(
    control_path: Path,
    *,
    exports: Sequence[Export] = (),
    title: str = "",
    audit: Path | None = None,
    mouse: bool = True,
) -> int:
    """Draw the runtime behind a control socket until one leaves; gives an exit code.

    The runtime may not be there yet, and may go and come back. Nothing is stopped on leaving.

    Args:
        control_path: The socket.
        exports: What can be written of services.
        title: The project's name until the runtime tells it.
        audit: The audit log's file, if it can be read here.
        mouse: Whether to take the mouse; without, the terminal selects text by itself.
    """
    from micro_tui.kept import Memory, state_folder
    from micro_tui.terminal import dark_background

    memory = Memory(state_folder(), project=str(control_path))
    known = os.environ.get("MICRO_THEME") or memory.tastes().theme
    dark = None if known else dark_background()

    from micro_tui.app import DevApp
    from micro_tui.feed import ControlFeed

    feed = ControlFeed(control_path)
    app = DevApp(feed, exports=exports, title=title, memory=memory, dark=dark, audit=audit)
    app.run(mouse=mouse)
    return app.return_code or 0
