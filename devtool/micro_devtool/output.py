"""Writes to stdout and stderr, for the whole command line: nothing else does.

Data goes to stdout, the rest to stderr. Text from outside loses what could steer a terminal. What
takes long is said on the last line of a terminal, and goes away as soon as anything is written.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

from micro_tui.format import clean

if TYPE_CHECKING:
    from micro.errors import MicroError

Tone = Literal["", "dim", "good", "bad", "warn", "strong"]

_CODES: dict[Tone, str] = {"dim": "2", "good": "32", "bad": "31", "warn": "33", "strong": "1"}

_PATIENCE = 1.0
"""Seconds after which somebody who waits wants to know for what."""
_TICK = 0.2
_ERASE = "\r\x1b[2K"

_writing = threading.Lock()


def prepare() -> None:
    """Make both streams take any text, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def width() -> int | None:
    """Give how many cells a line of stdout has; ``None`` where nobody looks at lines."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


def data(text: str, tone: Tone = "") -> None:
    """Write a line that was asked for."""
    _write(sys.stdout, text, tone)


def note(text: str, tone: Tone = "") -> None:
    """Write a line about what is going on."""
    _write(sys.stderr, text, tone)


def part(text: str) -> None:
    """Write a piece of what another program says, as it comes."""
    _put(sys.stdout, "\n".join(map(clean, text.split("\n"))))


def problem(message: str, mend: str | None = None) -> None:
    """Write what went wrong, then how to mend it."""
    lines = [f"micro: {clean(message)}"]
    lines += [f"  {clean(line)}" for line in (mend or "").splitlines()]
    _write(sys.stderr, "\n".join(lines), "bad")


def failure(error: MicroError) -> None:
    """Write an error of micro's."""
    problem(error.message, error.mend)


def confirm(question: str) -> bool:
    """Ask on stderr; without a terminal nobody can say yes."""
    import typer

    if not sys.stdin.isatty():
        return False
    with _writing:
        _waiting.erase()
        return typer.confirm(clean(question), err=True)


@contextmanager
def waiting(what: str) -> Generator[None]:
    """Say what is waited for, and for how long, once it takes over a second; on terminals only."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_tell_waiting, args=(what, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with _writing:
            _waiting.erase()


def _tell_waiting(what: str, over: threading.Event) -> None:
    began = time.monotonic()
    pause = _PATIENCE
    while not over.wait(pause):
        with _writing:
            _waiting.show(f"micro: {clean(what)}, {time.monotonic() - began:.0f} s")
        pause = _TICK


class _Waiting:
    """The line that is shown of what is waited for. Whoever calls holds ``_writing``."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, line: str) -> None:
        sys.stderr.write(f"{_ERASE}{line}")
        sys.stderr.flush()
        self._shown = True

    def erase(self) -> None:
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._shown = False


_waiting = _Waiting()


def _write(stream: TextIO, text: str, tone: Tone) -> None:
    if tone and _coloured(stream):
        text = "\n".join(f"\x1b[{_CODES[tone]}m{line}\x1b[0m" for line in text.splitlines())
    _put(stream, text + "\n")


def _put(stream: TextIO, text: str) -> None:
    with _writing:
        _waiting.erase()
        stream.write(text)
        stream.flush()


def _coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
