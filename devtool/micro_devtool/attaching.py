"""Shows a runtime that runs already. Starts and stops nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio

from micro.errors import StartError
from micro.state import RuntimeInfo, StateFolder
from micro_devtool import output
from micro_devtool.follow import Follower, follow_until_told
from micro_devtool.records import find_running


def show(root: Path, record: RuntimeInfo) -> int:
    """Show the dashboard on a project's runtime until it is left; give the exit code."""
    from micro_devtool.exports.write import exporter_for
    from micro_tui import run_dashboard
    from micro_tui.exporting import Export

    exports = [Export(key="d", label="docs and schemas", write=exporter_for(root))]
    audit = StateFolder(root / ".micro").audit
    return run_dashboard(Path(record.control), exports=exports, title=root.name, audit=audit)


def attach_on_screen(root: Path) -> int:
    """Show the dashboard on what serves a project now; give the exit code.

    Raises:
        StartError: Nothing serves it.
    """
    return show(root, _running(root))


def attach_plain(root: Path, *, as_json: bool) -> int:
    """Print one line an event of what serves a project now; give the exit code.

    Raises:
        StartError: Nothing serves it.
    """
    _running(root)
    follower = Follower(root, output.data, as_json=as_json)
    over = threading.Event()
    try:
        return anyio.run(follow_until_told, follower, over)
    finally:
        over.set()


def _running(root: Path) -> RuntimeInfo:
    record = anyio.run(find_running, root)
    if record is None:
        raise StartError(f"nothing runs in {root}", mend="start it with: micro dev")
    return record
