"""Reading a pipe in a loop without blocking it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress

import anyio

_READ = 65_536


async def read_pipe(descriptor: int, *, close: bool = False) -> AsyncGenerator[bytes]:
    """Yield what comes from a pipe, until its other ends are closed.

    Args:
        descriptor: The end that is read.
        close: Whether to close it when no more is read.
    """
    if sys.platform == "win32":
        async for data in read_in_thread(descriptor, close=close):
            yield data
        return
    try:
        while True:
            await anyio.wait_readable(descriptor)
            if not (data := os.read(descriptor, _READ)):
                return
            yield data
    finally:
        if close:
            os.close(descriptor)


async def read_in_thread(descriptor: int, *, close: bool = False) -> AsyncGenerator[bytes]:
    """Do the same where pipes cannot be waited for: in a thread, one piece ahead.

    The thread ends with the pipe, or with the process, and closes what it alone may: Windows has
    who closes a pipe wait for who reads it.
    """
    loop = asyncio.get_running_loop()
    arrived: deque[bytes] = deque()
    news, room, over = anyio.Event(), threading.Semaphore(1), False

    def take(data: bytes) -> None:
        arrived.append(data)
        news.set()

    def pump() -> None:
        data = b"?"
        while data and not over:
            try:
                data = os.read(descriptor, _READ)
            except OSError:
                data = b""
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(take, data)
            room.acquire()
        if close:
            os.close(descriptor)

    threading.Thread(target=pump, name="read-pipe", daemon=True).start()
    try:
        while True:
            while not arrived:
                await news.wait()
                news = anyio.Event()
            room.release()
            if not (data := arrived.popleft()):
                return
            yield data
    finally:
        over = True
        room.release()
