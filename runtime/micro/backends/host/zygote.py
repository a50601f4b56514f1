"""The zygote: a process with everything imported that hosts need, which forks one when asked.

``python -m micro.backends.host.zygote FD ROOT [PRELOAD]``. One byte with two descriptors (the
host's socket, where its output goes) asks for a fork; the answers are lines of JSON: ``ready``,
``forked`` with a pid, ``exited`` with a pid and a status. It ends when the socket does. The first
of a runtime may be forked itself (``ahead``).

It has one thread and never runs the project's code, so that a fork of it is sound.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from micro.backends.host.entry import serve_host
from micro.backends.host.warming import import_beforehand, warm_up

assert sys.platform == "linux", "hosts are forked on Linux alone"

_DESCRIPTORS = socket.CMSG_SPACE(2 * array.array("i").itemsize)


def main() -> None:
    """Be the zygote that the arguments describe."""
    descriptor, root, *preload = sys.argv[1:]
    _close_copies_of_output()
    control = socket.socket(fileno=int(descriptor))
    serve_zygote(control, Path(root), Path(preload[0]) if preload else None)


def _close_copies_of_output() -> None:
    """Let its output end with it: uvloop leaves copies of it here, which all hosts would have."""
    output = os.fstat(1)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # what listed them
            if descriptor > 2 and os.path.samestat(os.fstat(descriptor), output):
                os.close(descriptor)


def serve_zygote(control: socket.socket, root: Path, preload: Path | None) -> None:
    """Import, warm up, and fork until the socket ends."""
    if preload is not None:
        import_beforehand(preload)
    warm_up()
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _woken)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    _tell(control, what="ready", pid=os.getpid(), status=threading.active_count())
    while True:
        readable, _, _ = select.select([control, wake_read], [], [])
        if wake_read in readable:
            os.read(wake_read, 4096)
            _tell_exits(control)
        if control in readable and not _fork_as_told(control, root):
            return


def _woken(number: int, frame: FrameType | None) -> None:
    """Do nothing: that there is a handler makes the signal write to the wake-up descriptor."""


def _fork_as_told(control: socket.socket, root: Path) -> bool:
    """Fork a host for the byte that came; false once there will be no more."""
    asked, ancillary, _, _ = control.recvmsg(1, _DESCRIPTORS)
    if not asked:
        return False
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data)
    pid = os.fork()
    if pid == 0:
        control.close()
        _become_host(*descriptors, root=root)
    for descriptor in descriptors:
        os.close(descriptor)
    _tell(control, what="forked", pid=pid)
    return True


def _become_host(sock: int, output: int, *, root: Path) -> None:
    """Turn the forked process into a host; never returns."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(root)
    serve_host(socket.socket(fileno=sock), root)


def _tell_exits(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(control, what="exited", pid=pid, status=os.waitstatus_to_exitcode(status))


def _tell(control: socket.socket, **message: Any) -> None:
    try:
        control.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        os._exit(0)


if __name__ == "__main__":
    main()
