"""Shows a runtime that runs already. Starts and stops nothing."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import anyio

from micro.control.over_web import Elsewhere, connect_over_web
from micro.errors import StartError
from micro.state import RuntimeInfo, StateFolder
from micro_devtool import output
from micro_devtool.follow import Follower, follow_until_told
from micro_devtool.records import find_running


def has_screen() -> bool:
    """Whether there is a screen to draw on: a terminal that can, or Textual's own in a browser."""
    if "TEXTUAL_DRIVER" in os.environ:
        return True
    able = os.environ.get("TERM", "") not in ("", "dumb", "unknown") or sys.platform == "win32"
    return able and sys.stdin.isatty() and sys.stdout.isatty()


def show(root: Path, control: Path, *, over: threading.Event | None = None) -> int:
    """Show the dashboard on a project's runtime until it is left; give the exit code.

    Args:
        root: The project's folder.
        control: The runtime's socket, which need not be there yet.
        over: Leaves it when it is set.
    """
    from micro_devtool.lending import lent_for
    from micro_tui import run_dashboard

    audit = StateFolder(root / ".micro").audit
    lent = lent_for(root)
    return run_dashboard(control, lent=lent, title=root.name, audit=audit, over=over)


def attach_on_screen(root: Path) -> int:
    """Show the dashboard on what serves a project now; give the exit code.

    Raises:
        StartError: Nothing serves it.
    """
    return show(root, Path(_running(root).control))


def attach_plain(root: Path, *, as_json: bool) -> int:
    """Print one line an event of what serves a project now; give the exit code.

    Raises:
        StartError: Nothing serves it.
    """
    _running(root)
    return _follow(root, as_json=as_json)


def _follow(where: Path | Elsewhere, *, as_json: bool) -> int:
    follower = Follower(where, output.data, as_json=as_json)
    over = threading.Event()
    try:
        return anyio.run(follow_until_told, follower, over)
    finally:
        over.set()


def attach_elsewhere(url: str, token: str, *, plain: bool, as_json: bool) -> int:
    """Show what a runtime on another machine does, on the screen or in lines; give the exit code.

    Raises:
        ConfigError: The address is none.
        StartError: It is not there, or does not take the token.
    """
    where = Elsewhere(url=url, token=token)
    anyio.run(_reach, where)
    if plain:
        return _follow(where, as_json=as_json)
    from micro_devtool.exports.offered import exports_for
    from micro_tui import run_dashboard
    from micro_tui.lent import Lent

    served = url.rstrip("/").removesuffix("/mcp")
    exports = exports_for(Path.cwd(), title="tools", served=lambda: served)
    return run_dashboard(where, lent=Lent(exports=exports), title=url)


async def _reach(where: Elsewhere) -> None:
    async with connect_over_web(where):
        pass


def _running(root: Path) -> RuntimeInfo:
    record = anyio.run(find_running, root)
    if record is None:
        raise StartError(f"nothing runs in {root}", mend="start it with: micro dev")
    return record
