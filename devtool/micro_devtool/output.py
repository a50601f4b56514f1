"""Writes to stdout and stderr, for the whole command line: nothing else does.

Data goes to stdout, the rest to stderr. Text from outside loses what could steer a terminal.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, TextIO

from micro_tui.format import clean

if TYPE_CHECKING:
    from micro.errors import MicroError

Tone = Literal["", "dim", "good", "bad", "warn", "strong"]

_CODES: dict[Tone, str] = {"dim": "2", "good": "32", "bad": "31", "warn": "33", "strong": "1"}


def prepare() -> None:
    """Make both streams take any text, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def data(text: str, tone: Tone = "") -> None:
    """Write a line that was asked for."""
    _write(sys.stdout, text, tone)


def note(text: str, tone: Tone = "") -> None:
    """Write a line about what is going on."""
    _write(sys.stderr, text, tone)


def part(text: str) -> None:
    """Write a piece of what another program says, as it comes."""
    sys.stdout.write("\n".join(map(clean, text.split("\n"))))
    sys.stdout.flush()


def problem(message: str, mend: str | None = None) -> None:
    """Write what went wrong, then how to mend it."""
    lines = [f"micro: {clean(message)}"]
    lines += [f"  {clean(line)}" for line in (mend or "").splitlines()]
    _write(sys.stderr, "\n".join(lines), "bad")


def failure(error: MicroError) -> None:
    """Write an error of micro's."""
    problem(error.message, error.mend)


def _write(stream: TextIO, text: str, tone: Tone) -> None:
    if tone and _coloured(stream):
        text = "\n".join(f"\x1b[{_CODES[tone]}m{line}\x1b[0m" for line in text.splitlines())
    stream.write(text + "\n")
    stream.flush()


def _coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
