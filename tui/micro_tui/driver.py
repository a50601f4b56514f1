"""Lets the dashboard end when its terminal is gone: what it still writes then goes nowhere.

Textual writes from a thread that ends at the first error, and waits for that thread for ever once
its queue is full: a window that is closed would leave the dashboard, and what it started, behind.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from textual.driver import Driver


class Outliving:
    """A terminal's stream whose errors of writing are nobody's."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if there still is a terminal."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Pass on what was written, if there still is a terminal."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def outliving(driver: type[Driver]) -> type[Driver]:
    """Give the driver for a terminal, made to outlive it; any other one as it is."""
    if sys.platform == "win32":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    if driver is not LinuxDriver:
        return driver

    class OutlivingDriver(LinuxDriver):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
            self._file = cast("TextIO", Outliving(self._file))

    return OutlivingDriver
