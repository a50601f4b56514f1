"""The services of a project as its runtime sees them; one is started for the moment if need be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio

from micro.control import connect_control
from micro.errors import MicroError, StartError
from micro.snapshots import ServiceView, Snapshot
from micro.state import RuntimeInfo
from micro_devtool import output, plain
from micro_devtool.plain import describe_failure
from micro_devtool.projects import project_root
from micro_devtool.records import find_running
from micro_devtool.supervisor import RuntimeEnded, Supervisor, runtime_command

_LOAD_TIMEOUT = 20.0


def load_services(path: Path | None) -> Sequence[ServiceView]:
    """Give the services that the project at ``path`` serves, by name; failed ones are told.

    Raises:
        MicroError: The project has no services, or no runtime starts.
    """
    root = project_root(path)
    snapshot = _snapshot(root)
    for service in snapshot.services:
        for event in plain.failures_of(service):
            output.note(describe_failure(event), "bad")
    services = [service for service in snapshot.services if service.generation]
    if not services:
        raise MicroError(f"{root} serves no tools", mend="make a service: micro new hello")
    return sorted(services, key=lambda service: service.name)


def _snapshot(root: Path) -> Snapshot:
    record = anyio.run(find_running, root)
    if record is not None:
        return anyio.run(_loaded, record)
    supervisor = Supervisor(root, runtime_command(root, kind="headless"), tell=output.note)
    supervisor.start()
    try:
        return anyio.run(_loaded, supervisor.wait_ready())
    except RuntimeEnded as error:
        raise StartError(error.message, mend=error.words or None) from error
    finally:
        supervisor.stop()


async def _loaded(record: RuntimeInfo) -> Snapshot:
    """Give the state once the project's code has been loaded."""
    async with connect_control(Path(record.control)) as control:
        return await control.snapshot()
