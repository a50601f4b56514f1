"""Runs what serves until it ends by itself or is told to stop, as a program in a terminal is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import anyio
from anyio.abc import TaskStatus

from micro.errors import MicroError, unwrapped
from micro.system.program import loop_options, make_ours
from micro.system.signals import STOP, open_signals


def run_until_told(serve: Callable[..., Awaitable[None]], *arguments: object) -> None:
    """Run a door until it ends or a signal comes; a second signal ends the process.

    Raises:
        MicroError: It could not serve. How to mend that is printed below it.
    """
    make_ours()
    with unwrapped(), _mends_shown():
        anyio.run(_until_told, serve, *arguments, backend_options=loop_options())


@contextmanager
def _mends_shown() -> Generator[None]:
    """Print the mend below the error, should nobody catch it."""
    try:
        yield
    except MicroError as error:
        if error.mend:
            error.add_note(f"To mend it: {error.mend}")
        raise


async def _until_told(serve: Callable[..., Awaitable[None]], *arguments: object) -> None:
    with unwrapped():
        async with anyio.create_task_group() as tasks:
            await tasks.start(_cancel_on_signal, tasks.cancel_scope)
            await serve(*arguments)
            tasks.cancel_scope.cancel()


async def _cancel_on_signal(
    scope: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with open_signals(*STOP) as signals:
        task_status.started()
        async for _ in signals:
            break
    scope.cancel()
