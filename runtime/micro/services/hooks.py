"""Runs the hooks of a service: start, stop, and what passes from one generation to the next.

When they run is the registry's; how long a stop may take is its caller's.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import msgspec
from anyio import to_thread

from micro.services.service import Service

UNDO_TIMEOUT = 5.0
"""Seconds that stop hooks may take after a start hook failed."""

log = logging.getLogger(__name__)


async def run_start_hooks(service: Service) -> None:
    """Run the start hooks in order.

    Raises:
        Exception: What a hook raised. If one before it had finished, the stop hooks have run.
    """
    for position, hook in enumerate(service.start_hooks):
        try:
            await _run(hook)
        except BaseException:
            if position:
                with anyio.move_on_after(UNDO_TIMEOUT, shield=True):
                    await run_stop_hooks(service)
            raise


async def run_stop_hooks(service: Service) -> None:
    """Run the stop hooks in reverse order; one that fails is logged, and the rest still run."""
    for hook in service.stop_hooks:
        try:
            await _run(hook)
        except (Exception, SystemExit):
            name = getattr(hook, "__qualname__", repr(hook))
            log.exception("stop hook %s of %s failed", name, service.name)


async def run_handover(service: Service) -> bytes | None:
    """Give what a service hands over, packed; ``None`` if nothing, or if that failed."""
    if service.handover is None:
        return None
    try:
        return msgspec.msgpack.encode(await _run(service.handover))
    except (Exception, SystemExit):
        log.exception("%s hands nothing over: its hook failed or gave no plain data", service.name)
        return None


async def run_takeover(service: Service, packed: bytes | None) -> None:
    """Give a service what its last generation handed over.

    Raises:
        Exception: What its hook raised.
    """
    if service.takeover is not None and packed is not None:
        await _run(partial(service.takeover, msgspec.msgpack.decode(packed)))


async def _run(hook: Callable[[], Any]) -> Any:
    """Call a hook; a sync one in a worker thread, so that it blocks no call."""
    if inspect.iscoroutinefunction(hook):
        return await hook()
    result = await to_thread.run_sync(hook)
    return await result if inspect.isawaitable(result) else result
