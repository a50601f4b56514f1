"""A project as its runtime sees it, for one command; one is started for the moment if need be."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import anyio

from micro.config import load_project
from micro.control import ControlClient, connect_control
from micro.errors import MicroError, StartError, unwrapped
from micro.snapshots import ServiceView, Snapshot
from micro.state import RuntimeInfo
from micro_devtool import output
from micro_devtool.plain import describe_failure
from micro_devtool.projects import project_root
from micro_devtool.records import find_running
from micro_devtool.supervisor import RuntimeEnded, Supervisor, runtime_command

_LOAD_TIMEOUT = 120.0
"""Seconds that a project's code has to load: some import half a minute of libraries."""
_LOOK_INTERVAL = 0.05

T = TypeVar("T")
Kind = Literal["dev", "headless"]
Act = Callable[[ControlClient, Sequence[ServiceView]], Awaitable[T]]


def load_services(path: Path | None) -> Sequence[ServiceView]:
    """Give the services that the project at ``path`` serves, by name; failed ones are told.

    Raises:
        MicroError: The project has no services, or no runtime starts.
    """

    async def give(_: ControlClient, services: Sequence[ServiceView]) -> Sequence[ServiceView]:
        return services

    return with_services(path, give)


def with_services(path: Path | None, act: Act[T], *, kind: Kind = "headless") -> T:
    """Give what ``act`` makes of a project's loaded services and the way to its runtime.

    Args:
        path: The project, or a file in it; ``None`` looks upwards from here.
        act: What is to be done.
        kind: Of a runtime that is started: ``headless`` yields to `micro dev` and stays for 30
            seconds at most without clients, ``dev`` as long as this takes.

    Raises:
        MicroError: The project has no services, or no runtime starts.
    """
    root = project_root(path)
    with (
        output.waiting(f"asking the runtime of {root.name}"),
        running(root, kind) as record,
        unwrapped(),
    ):
        return anyio.run(partial(_act, root, record, act))


async def _act(root: Path, record: RuntimeInfo, act: Act[T]) -> T:
    async with _loaded(record) as (control, snapshot):
        return await act(control, _served(root, snapshot))


def _served(root: Path, snapshot: Snapshot) -> Sequence[ServiceView]:
    failed = [service.error for service in snapshot.services if service.error is not None]
    for error in failed:
        output.note(describe_failure(error), "bad")
    services = [service for service in snapshot.services if service.generation]
    if not services:
        raise _nothing(root, snapshot, failed=bool(failed))
    return sorted(services, key=lambda service: service.name)


def _nothing(root: Path, snapshot: Snapshot, *, failed: bool) -> MicroError:
    """Say why there is no service: its code is at fault or slow, or it is not where one looks."""
    if failed:
        return MicroError(f"nothing of {root} is served", mend="correct what does not load")
    if snapshot.host.state == "starting":
        late = f"the code of {root} has not loaded within {_LOAD_TIMEOUT:.0f} s"
        return MicroError(late, mend="see what it waits for: micro dev")
    if patterns := load_project(root).settings.services:
        asked = f"no service is defined where services = {list(patterns)} looks"
        return MicroError(asked, mend="correct services in the settings, or leave it out")
    return MicroError(f"{root} serves no tools", mend="make a service: micro new hello")


@contextmanager
def running(root: Path, kind: Kind) -> Generator[RuntimeInfo]:
    """Give the project's runtime; one that was started here is stopped at the end."""
    record = anyio.run(find_running, root)
    if record is not None:
        yield record
        return
    command = runtime_command(root, kind=kind, address="")
    supervisor = Supervisor(root, command, tell=output.note)
    supervisor.start()
    try:
        yield supervisor.wait_ready()
    except RuntimeEnded as error:
        raise StartError(error.message, mend=error.words or None) from error
    finally:
        supervisor.stop()


@asynccontextmanager
async def _loaded(record: RuntimeInfo) -> AsyncGenerator[tuple[ControlClient, Snapshot]]:
    """Connect, and give the state once the project's code has been loaded, or has had its time."""
    async with connect_control(Path(record.control)) as control:
        snapshot = await control.snapshot()
        with anyio.move_on_after(_LOAD_TIMEOUT):
            while snapshot.host.state == "starting":
                await anyio.sleep(_LOOK_INTERVAL)
                snapshot = await control.snapshot()
        yield control, snapshot
