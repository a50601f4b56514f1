"""Runs the dashboard in the calling thread, which must be the main one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micro.snapshots import ServiceView


def run_dashboard(
    control_path: Path,
    *,
    exporter: Callable[[Sequence[ServiceView]], Awaitable[str]] | None = None,
    title: str = "",
    mouse: bool = True,
) -> int:
    """Draw the runtime behind a control socket until one leaves; gives an exit code.

    The runtime may not be there yet, and may go and come back. Nothing is stopped on leaving.

    Args:
        control_path: The socket.
        exporter: Writes docs and schemas, and says where in one line.
        title: The project's name until the runtime tells it.
        mouse: Whether to take the mouse; without, the terminal selects text by itself.
    """
    from micro_tui.app import DevApp
    from micro_tui.feed import ControlFeed

    app = DevApp(ControlFeed(control_path), exporter=exporter, title=title)
    app.run(mouse=mouse)
    return app.return_code or 0
