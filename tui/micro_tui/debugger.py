"""Runs the debugger of code that waits at a breakpoint, in the terminal that the screen left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from micro.state import StateFolder


def waits_here(project: Path, number: int) -> bool:
    """Say whether code of a project waits at a breakpoint of this machine."""
    return StateFolder(project / ".micro").debug_socket(number).exists()


def run_debugger(project: Path, number: int) -> None:
    """Talk with the debugger until it lets the code go on, or its user leaves."""
    words = ["-m", "micro_devtool", "debug", str(number), "--project", str(project)]
    # Ctrl-C is for the debugger; a handler, unlike "ignore", is not passed on to it.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        subprocess.run([sys.executable, *words], check=False)
    finally:
        signal.signal(signal.SIGINT, before)
