"""The check of the processes that run a project's code: what its runtime says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio

from micro.control import connect_control
from micro.errors import MicroError
from micro.snapshots import HostView
from micro_devtool.health.checks import Check
from micro_devtool.records import read_record

PATIENCE = 2.0
"""Seconds that the runtime has to answer."""


def check_hosts(root: Path) -> Iterator[Check]:
    """Look at the processes of a project that is served; at nothing if it is not."""
    for host in anyio.run(_hosts, root):
        yield _check(host)


async def _hosts(root: Path) -> tuple[HostView, ...]:
    record = read_record(root)
    if record is None:
        return ()
    with anyio.move_on_after(PATIENCE):
        try:
            async with connect_control(Path(record.control)) as control:
                return (await control.snapshot()).hosts
        except (MicroError, OSError):
            return ()
    return ()


def _check(host: HostView) -> Check:
    if host.pid is None:
        return Check(
            what="host",
            state="warning",
            found=f"a process for the code is {host.state}",
            mend="if that lasts: micro attach, and see the log for what it wrote last",
        )
    calls = f"{host.calls} call{'' if host.calls == 1 else 's'}"
    memory = f", {host.memory / 1e6:,.0f} MB" if host.memory else ""
    found = f"process {host.pid}, {calls}{memory}"
    if host.failing:
        return Check(
            what="host",
            state="warning",
            found=f"{found}; without {', '.join(host.failing)}",
            mend="see micro attach for why it does not load there, or write isolated=True",
        )
    return Check(what="host", state="ok", found=found)
