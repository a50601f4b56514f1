"""This process's own standard input and output as a stream that nothing else can write into.

While it is open, file descriptor 1 points at stderr and 0 at nothing, so that a ``print`` of the
project's code, or of a child of it, cannot reach the client. Knows nothing of what is said.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

import anyio
import anyio.lowlevel
import anyio.to_thread
from anyio.abc import ByteStream

from micro.system.pipes import read_pipe

_PIPE_BUF: int = getattr(select, "PIPE_BUF", 512)
"""Bytes that a pipe which is writable takes at once."""


class PipeStream(ByteStream):
    """Two file descriptors as one stream; takes no threads and leaves their modes alone.

    Setting them non-blocking would do so for whoever shares them, a terminal for instance, so a
    write is at most what a pipe that reports itself writable takes at once.
    """

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Give what there is, waiting until there is something."""
        await _ready(self._read_fd, to_write=False)
        try:
            data = os.read(self._read_fd, max_bytes)
        except OSError as error:  # a terminal that is gone
            raise anyio.EndOfStream from error
        if not data:
            raise anyio.EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        """Write all of it."""
        view = memoryview(item)
        while view:
            await _ready(self._write_fd, to_write=True)
            try:
                view = view[os.write(self._write_fd, view[:_PIPE_BUF]) :]
            except OSError as error:
                raise anyio.BrokenResourceError from error

    async def send_eof(self) -> None:
        """Do nothing: the descriptors are closed by who opened them."""

    async def aclose(self) -> None:
        """Do nothing: the descriptors are closed by who opened them."""


class ThreadedPipes(ByteStream):
    """The same where pipes cannot be waited for (Windows): a thread reads, others write."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._pieces = read_pipe(read_fd)
        self._rest = b""
        self._write_fd = write_fd

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Give what there is, waiting until there is something."""
        data = self._rest or await anext(self._pieces, b"")
        if not data:
            raise anyio.EndOfStream
        self._rest = data[max_bytes:]
        return data[:max_bytes]

    async def send(self, item: bytes) -> None:
        """Write all of it."""
        try:
            await anyio.to_thread.run_sync(_write_all, self._write_fd, item)
        except OSError as error:
            raise anyio.BrokenResourceError from error

    async def send_eof(self) -> None:
        """Do nothing: the descriptors are closed by who opened them."""

    async def aclose(self) -> None:
        """Stop reading."""
        await self._pieces.aclose()


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


async def _ready(fd: int, *, to_write: bool) -> None:
    try:
        await (anyio.wait_writable(fd) if to_write else anyio.wait_readable(fd))
    except PermissionError:  # a file, which is always ready and which epoll refuses
        await anyio.lowlevel.checkpoint()


@contextmanager
def standard_streams() -> Generator[ByteStream]:
    """Take over standard input and output; both are given back at the end.

    What Python has printed and not written yet goes to stderr too.
    """
    read_fd, write_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        _flush()
        polled = sys.platform != "win32"
        yield (PipeStream if polled else ThreadedPipes)(read_fd, write_fd)
    finally:
        _flush()
        os.dup2(read_fd, 0)
        os.dup2(write_fd, 1)
        for fd in (read_fd, write_fd, nothing):
            os.close(fd)


def _flush() -> None:
    with suppress(OSError, ValueError):  # nobody reads stderr, or the project closed stdout
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
            sys.stdout.flush()
