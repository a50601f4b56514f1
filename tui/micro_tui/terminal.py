"""Asks the terminal for the colour of its background, before the screen is taken.

A terminal that says nothing costs a moment, never a start.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping

PATIENCE = 0.2
"""Seconds that a terminal has to answer; a distant one has five times as long."""

_ASK = b"\x1b]11;?\x1b\\\x1b[c"
_COLOUR = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_END = re.compile(rb"\x1b\[\?[0-9;]*c")
_SILENT = ("", "dumb", "linux")


def dark_background(environment: Mapping[str, str] | None = None) -> bool | None:
    """Say whether the terminal is dark; ``None`` if it is none, or does not tell.

    Every terminal answers the second of the two questions asked, so that one that does not know
    the first is not waited for.
    """
    environment = os.environ if environment is None else environment
    if environment.get("TERM", "") in _SILENT or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if sys.platform == "win32":
        return None
    patience = PATIENCE * (5 if environment.get("SSH_CONNECTION") else 1)
    try:
        return is_dark(_answer(sys.stdin.fileno(), sys.stdout.fileno(), patience=patience))
    except (OSError, termios.error):
        return None


if sys.platform != "win32":
    import termios
    import tty

    def _answer(source: int, target: int, *, patience: float) -> bytes:
        before = termios.tcgetattr(source)
        try:
            tty.setcbreak(source, termios.TCSANOW)
            os.write(target, _ASK)
            until = time.monotonic() + patience
            answer = b""
            while not _END.search(answer):
                left = until - time.monotonic()
                if left <= 0 or not select.select([source], [], [], left)[0]:
                    break
                answer += os.read(source, 1024)
            return answer
        finally:
            termios.tcsetattr(source, termios.TCSANOW, before)


def is_dark(answer: bytes) -> bool | None:
    """Say whether a terminal's answer tells of a dark background; ``None`` if of none."""
    found = _COLOUR.search(answer)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
