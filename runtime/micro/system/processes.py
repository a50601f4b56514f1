"""Processes: started apart from the terminal, given a socket, ended, and how large they are."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

APART = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
"""The ``creationflags`` of a process that Ctrl-C in the terminal is not for.

With ``start_new_session``, which is what says so elsewhere.
"""


def kill(pid: int) -> None:
    """End a process at once.

    Raises:
        ProcessLookupError: There is none.
    """
    if sys.platform != "win32":
        os.kill(pid, signal.SIGKILL)
        return
    try:
        os.kill(pid, signal.SIGTERM)  # which is not asked there, but ended
    except OSError as error:
        raise ProcessLookupError(f"process {pid} cannot be ended: {error}") from error


def ask_for_stacks(pid: int) -> None:
    """Have a process write where its threads are, if it is one that does (see ``tell_stacks``).

    Raises:
        ProcessLookupError: There is none.
    """
    if sys.platform != "win32":
        os.kill(pid, signal.SIGUSR1)


def tell_stacks() -> None:
    """Write to stderr where this process's threads are, when it crashes and when it is asked."""
    import faulthandler

    faulthandler.enable(file=2)
    if sys.platform != "win32":
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)


def resident(pid: int) -> int:
    """Give the bytes of memory that a process holds; 0 where that cannot be told."""
    if sys.platform == "win32":
        return 0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def lend_socket(sock: socket.socket, pid: int) -> bytes:
    """Give what a child that was started reads from its stdin to have a socket, too (Windows)."""
    if sys.platform != "win32":
        raise NotImplementedError("children inherit sockets here")
    return sock.share(pid)


def lent_socket(name: str) -> socket.socket:
    """Give the socket that whoever started this process gave it, under the name that it was told.

    A number is a descriptor that was inherited; ``-`` says that it comes by stdin.
    """
    if sys.platform == "win32" or name == "-":
        import socket as sockets

        return sockets.fromshare(sys.stdin.buffer.read())  # pyright: ignore
    return socket.socket(fileno=int(name))
