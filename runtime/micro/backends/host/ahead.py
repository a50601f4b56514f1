"""A zygote ahead of its runtime: forked from the process that is to be that, as it starts.

It has imported what a zygote needs by then, and the zygote gets warm while it imports the rest. Any
later one is a process that ``starting`` starts.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

import anyio

from micro.backends.host.python import find_python
from micro.backends.host.standby import NO_FORK
from micro.backends.host.starting import Started
from micro.secretnames import INTROSPECTION


class ForkedChild:
    """A process that was forked here; what there is of anyio's ``Process`` for one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def kill(self) -> None:
        """End it at once.

        Raises:
            ProcessLookupError: It has ended.
        """
        assert sys.platform == "linux"
        self.send_signal(signal.SIGKILL)

    def send_signal(self, signal: signal.Signals) -> None:
        """Send it a signal.

        Raises:
            ProcessLookupError: It has ended.
        """
        if self._status is not None:
            raise ProcessLookupError(f"process {self.pid} has ended")
        os.kill(self.pid, signal)

    async def wait(self) -> int:
        """Wait for its end, and give its exit code, or the signal that ended it below zero."""
        assert sys.platform == "linux"
        if self._status is None:
            descriptor = os.pidfd_open(self.pid)
            try:
                await anyio.wait_readable(descriptor)
            finally:
                os.close(descriptor)
        return self._take_status()

    async def aclose(self) -> None:
        """Wait for its end."""
        await self.wait()

    def _take_status(self) -> int:
        if self._status is None:
            _, status = os.waitpid(self.pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
        return self._status


def fork_zygote(root: Path, preload: Path) -> Started | None:
    """Fork a zygote for a project's folder from this process, which has no loop yet.

    ``None`` where hosts are not forked, where a fork is not sound, where the project has a Python
    of its own, and where there is a secret in the environment that a fork would know.
    """
    if sys.platform != "linux" or os.environ.get(NO_FORK) or threading.active_count() > 1:
        return None
    if INTROSPECTION in os.environ or find_python(root) != sys.executable:
        return None
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel
        return None
    from micro.backends.host.zygote import serve_zygote

    ours, theirs = socket.socketpair()
    output, theirs_output = os.pipe()
    pid = os.fork()
    if pid == 0:
        # Without our ends: they have to be closed once this runtime is gone.
        ours.close()
        os.close(output)
        os.setsid()
        _set_apart(theirs_output)
        try:
            serve_zygote(theirs, root, preload)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)
        os._exit(0)
    theirs.close()
    os.close(theirs_output)
    ours.setblocking(False)
    return Started(process=ForkedChild(pid), sock=ours, output=output)


def _set_apart(output: int) -> None:
    """Be a process as ``start_python`` starts one, which writes to a pipe."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    gc.enable()
