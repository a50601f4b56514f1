"""The runtime that serves a project: finding it, asking it to stop, seeing that it has.

The record it writes may be out of date: only who answers on the control socket is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import anyio

from micro.control import connect_control
from micro.errors import MicroError, StartError
from micro.state import RuntimeInfo, StateFolder

_POLL_INTERVAL = 0.01
_ORDER_TIMEOUT = 2.0
"""Seconds after which who can end the runtime by other means does so."""


def read_record(root: Path) -> RuntimeInfo | None:
    """Give the record of a project's runtime; ``None`` if there is none that can be read."""
    return StateFolder(root / ".micro").read_info()


async def find_running(root: Path) -> RuntimeInfo | None:
    """Give the runtime that answers for a project now."""
    record = read_record(root)
    if record is None:
        return None
    try:
        async with connect_control(Path(record.control)):
            return record
    except (StartError, OSError):
        return None


async def order_stop(record: RuntimeInfo, within: float = _ORDER_TIMEOUT) -> None:
    """Ask a runtime to stop. Comes back once it answered, is not there, or is busy for too long.

    An order that was given up is lost: a busy runtime does nothing for who has hung up.
    """
    with anyio.move_on_after(within):
        try:
            async with connect_control(Path(record.control)) as control:
                await control.stop()
        except (MicroError, OSError):
            return


def is_gone(root: Path, record: RuntimeInfo) -> bool:
    """Whether a runtime has let its project go, or another has taken it over."""
    found = read_record(root)
    if found is not None:
        return found.pid != record.pid
    return not StateFolder(root / ".micro").is_served()


def wait_until(condition: Callable[[], bool], *, within: float) -> bool:
    """Block until a condition holds; give whether it did within ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_INTERVAL)
    return True
