"""What code logs, as log lines that know the call they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable

from micro.events import LogWritten
from micro.services.context import current_call

LINE_LIMIT = 8_192
"""Characters of one line; the rest is cut off and counted."""

Emit = Callable[[LogWritten], None]


class LineHandler(logging.Handler):
    """Gives every line of every record to ``emit``, from any thread.

    Args:
        emit: Takes a line.
        calls_only: Leave out what is logged outside of a call, and by micro itself.
    """

    def __init__(self, emit: Emit, *, calls_only: bool = False) -> None:
        super().__init__()
        self._emit_line = emit
        self._calls_only = calls_only

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        running = current_call()
        if self._calls_only and (running is None or record.name.partition(".")[0] == "micro"):
            return
        try:
            text = self.format(record)
        except Exception:
            self.handleError(record)
            return
        call, service = running if running else (None, "")
        for line in text.split("\n"):
            self._emit_line(log_line(service, call, record.levelname, record.name, line))


def log_line(service: str, call: int | None, level: str, logger: str, text: str) -> LogWritten:
    """Give one line, cut off where it is too long."""
    over = len(text) - LINE_LIMIT
    if over > 0:
        text = f"{text[:LINE_LIMIT]}… ({over} more characters)"
    return LogWritten(service=service, call=call, level=level, logger=logger, text=text)
