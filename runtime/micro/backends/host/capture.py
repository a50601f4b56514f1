"""What services print and log, as log lines that know the call they belong to.

In the host only. File descriptors 1 and 2 are not touched here: what is written to them directly
goes where the runtime pointed them.
"""

from __future__ import annotations

import io
import logging
import sys

from micro.backends.lines import LINE_LIMIT, Emit, LineHandler, log_line
from micro.sections import LogLevel
from micro.services.context import current_call


def capture_output(emit: Emit) -> None:
    """Send ``print``, ``sys.stderr`` and ``logging`` to ``emit``, from any thread."""
    sys.stdout = _Lines("stdout", emit)
    sys.stderr = _Lines("stderr", emit)
    root = logging.getLogger()
    root.addHandler(LineHandler(emit))
    take_level("info")
    logging.captureWarnings(True)


def take_level(level: LogLevel) -> None:
    """Take what is logged from this level on; of what micro itself does, nothing below ``info``."""
    least = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(least)
    logging.getLogger("micro").setLevel(max(least, logging.INFO))


class _Lines(io.TextIOBase):
    """A text stream that emits whole lines, each with the call that finished it."""

    def __init__(self, name: str, emit: Emit) -> None:
        self._name = name
        self._emit = emit
        self._rest: dict[int | None, str] = {}

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        running = current_call()
        call, service = running if running else (None, "")
        *lines, rest = (self._rest.pop(call, "") + text).split("\n")
        if len(rest) > LINE_LIMIT:
            lines, rest = [*lines, rest], ""
        if rest:
            self._rest[call] = rest
        for line in lines:
            level = "ERROR" if self._name == "stderr" else "INFO"
            self._emit(log_line(service, call, level, self._name, line))
        return len(text)
