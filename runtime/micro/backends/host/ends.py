"""Seeing a process end, whoever started it: by a descriptor of the process (pidfd)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable


def when_ended(pid: int, tell: Callable[[], None]) -> None:
    """Have a function called on this loop once a process has ended; at once if it has already.

    Never, where processes have no such descriptors. How it ended its parent alone can know.
    """
    if sys.platform != "linux":
        return
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        tell()
        return
    except OSError:  # an old kernel, or too many open files
        return
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        tell()

    loop.add_reader(descriptor, ended)
