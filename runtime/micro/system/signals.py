"""Being told to stop, by a signal."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from types import FrameType

import anyio

STOP = (signal.SIGINT, signal.SIGTERM)
HANGUP = () if sys.platform == "win32" else (signal.SIGHUP,)
"""What a terminal that is closed sends."""


@contextmanager
def open_signals(*numbers: signal.Signals) -> Generator[AsyncIterator[signal.Signals]]:
    """Give the signals that come, one by one, instead of what they do otherwise."""
    if sys.platform != "win32":
        with anyio.open_signal_receiver(*numbers) as signals:
            yield signals
        return
    loop = asyncio.get_running_loop()
    send, receive = anyio.create_memory_object_stream[signal.Signals](16)

    def take(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(send.send_nowait, signal.Signals(number))

    before = {number: signal.signal(number, take) for number in numbers}
    try:
        with send, receive:
            yield receive
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
