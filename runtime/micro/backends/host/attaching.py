"""Lets an editor's debugger attach to the host, by debugpy; terminals have ``breakpoint()``.

Asked for by ``MICRO_DEBUGPY``, a port of the loopback. Nothing of it is imported otherwise.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.to_thread

from micro.events import LogWritten, ProblemFound

VARIABLE = "MICRO_DEBUGPY"
"""The variable that names the port; 0 is any."""
INTERVAL = 0.2
"""Seconds between two looks whether somebody is attached, or whether a port is free."""
_HOST = "127.0.0.1"


class Debugger:
    """Listens for a debugger, and lets time stand still while one is attached.

    Args:
        emit: Told where it listens.
        pause: Told when deadlines stand still, and when they go on; from the loop's thread.
    """

    def __init__(
        self, *, emit: Callable[[LogWritten | ProblemFound], None], pause: Callable[[bool], None]
    ) -> None:
        self._emit = emit
        self._pause = pause

    async def serve(self, *, own_port: bool) -> None:
        """Listen until cancelled, if that is asked for.

        Args:
            own_port: Whether the port that was asked for is this process's. It is waited for: the
                process before this one may still have it. Others take any.
        """
        asked = os.environ.get(VARIABLE, "")
        if not asked:
            return
        if not asked.isdecimal() or int(asked) > 65_535:
            self._tell_problem(f"{VARIABLE} is {asked!r}", f"write a port: {VARIABLE}=5678")
            return
        # Else it warns on stderr of modules frozen into Python, and nobody steps into those.
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        try:
            import debugpy
        except ImportError:
            self._tell_problem(
                "debugpy is not installed, so no debugger can attach",
                "python -m pip install debugpy, in the Python that runs the project",
            )
            return
        port = int(asked) if own_port else 0
        if port:
            await anyio.to_thread.run_sync(_wait_until_free, port, abandon_on_cancel=True)
        # The thread that passes calls on goes on while all others stand at a breakpoint.
        vars(threading.current_thread())["pydev_do_not_trace"] = True
        where = await anyio.to_thread.run_sync(debugpy.listen, (_HOST, port))
        text = f"a debugger can attach at {where[0]}:{where[1]}"
        self._emit(LogWritten(service="", call=None, level="INFO", logger="micro", text=text))
        await self._watch(debugpy)

    async def _watch(self, debugpy: Any) -> None:
        """Say when somebody attaches, and when they are gone."""
        attached = False
        while True:
            if attached != debugpy.is_client_connected():
                attached = not attached
                self._pause(attached)
            await anyio.sleep(INTERVAL)

    def _tell_problem(self, message: str, mend: str) -> None:
        self._emit(ProblemFound(message=message, mend=mend))


def _wait_until_free(port: int) -> None:
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_HOST, port))
            return
        time.sleep(INTERVAL)
