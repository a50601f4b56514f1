"""The agent's two ends, and waiting for whichever end can be moved.

Pipes are waited for where there is ``poll``. Elsewhere (Windows) that is possible with sockets
alone: a thread each joins a pipe of the agent's to one.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import threading
import time
from typing import NamedTuple, Protocol

NO_POLL = "MICRO_NO_POLL"
"""The variable that has threads take the pipes although they could be waited for."""

_CHUNK = 1024 * 1024
_PIPE_CHUNK = 4096
_LAST_BYTES = 5.0
"""Seconds that an agent has to read the end of what was written."""


class In(Protocol):
    """Where an agent's messages come from."""

    fd: int

    def read(self) -> bytes:
        """Give what there is now; nothing once the agent has closed its end."""
        ...


class Out(Protocol):
    """Where an agent reads; ``buffer`` is what it has not taken yet."""

    fd: int
    buffer: bytearray

    def write(self) -> bool:
        """Write what fits now; false once the agent has closed its end."""
        ...

    def close(self) -> None:
        """See to it that what was written arrives."""
        ...


class Ready(NamedTuple):
    """Which descriptors can be read and written now, and of which the other end is gone."""

    readable: set[int]
    writable: set[int]
    hung: set[int]


class PipeIn:
    """A pipe, a socket or a file, as it was given to this process."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def read(self) -> bytes:
        """Give what there is now; nothing once the agent has closed its end."""
        try:
            return os.read(self.fd, _CHUNK)
        except OSError:
            return b""


class PipeOut:
    """A pipe, a socket or a file that other processes may share.

    It stays blocking, for the flag would be theirs too; small writes when ``poll`` allows one
    do not block.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.buffer = bytearray()

    def write(self) -> bool:
        """Write what fits now; false once the agent has closed its end."""
        try:
            del self.buffer[: os.write(self.fd, self.buffer[:_PIPE_CHUNK])]
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Do nothing: what was written is in the pipe."""


class PumpedIn:
    """A pipe that a thread reads, as a socket."""

    def __init__(self, fd: int) -> None:
        self._sock, theirs = socket.socketpair()
        self.fd = self._sock.fileno()
        pump = threading.Thread(target=_pump_in, args=(fd, theirs), name="agent-in", daemon=True)
        pump.start()

    def read(self) -> bytes:
        """Give what there is now; nothing once the agent has closed its end."""
        try:
            return self._sock.recv(_CHUNK)
        except OSError:
            return b""


class PumpedOut:
    """A pipe that a thread writes to, as a socket."""

    def __init__(self, fd: int) -> None:
        self._sock, theirs = socket.socketpair()
        self._sock.setblocking(False)
        self.fd = self._sock.fileno()
        self.buffer = bytearray()
        self._pump = threading.Thread(
            target=_pump_out, args=(theirs, fd), name="agent-out", daemon=True
        )
        self._pump.start()

    def write(self) -> bool:
        """Write what fits now; false once the agent has closed its end."""
        try:
            del self.buffer[: self._sock.send(self.buffer)]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Wait until the thread has written what it was given."""
        self._sock.close()
        self._pump.join(_LAST_BYTES)


def agent_ends(read_fd: int, write_fd: int) -> tuple[In, Out]:
    """Give the agent's ends, as they can be waited for here."""
    if _polls():
        return PipeIn(read_fd), PipeOut(write_fd)
    return PumpedIn(read_fd), PumpedOut(write_fd)


def wait(reading: set[int], writing: set[int], watching: set[int], timeout: float) -> Ready:
    """Wait until one can be read or written, or the other end of one is gone.

    Args:
        reading: Read from, when there is something.
        writing: Written to, when there is room.
        watching: Not read from, but seen to go.
        timeout: Seconds.
    """
    if sys.platform != "win32" and _polls():
        return _poll(reading, writing, watching, timeout)
    if not reading | writing | watching:
        time.sleep(timeout)
        return Ready(set(), set(), set())
    readable, writable, _ = select.select(reading | watching, writing, (), timeout)
    return Ready(set(readable) - watching, set(writable), watching & set(readable))


if sys.platform != "win32":

    def _poll(reading: set[int], writing: set[int], watching: set[int], timeout: float) -> Ready:
        poll = select.poll()
        for fd in reading | writing | watching:
            wanted = select.POLLIN if fd in reading else 0
            poll.register(fd, wanted | (select.POLLOUT if fd in writing else 0))
        ready = dict(poll.poll(timeout * 1000))
        ended = select.POLLERR | select.POLLHUP | select.POLLNVAL
        return Ready(
            {fd for fd, event in ready.items() if event & ~select.POLLOUT},
            {fd for fd, event in ready.items() if event & select.POLLOUT},
            {fd for fd, event in ready.items() if event & ended},
        )


def _polls() -> bool:
    return sys.platform != "win32" and not os.environ.get(NO_POLL)


def _pump_in(fd: int, sock: socket.socket) -> None:
    with sock:
        try:
            while data := os.read(fd, _CHUNK):
                sock.sendall(data)
        except OSError:
            return


def _pump_out(sock: socket.socket, fd: int) -> None:
    with sock:
        try:
            while data := sock.recv(_CHUNK):
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
        except OSError:
            return
