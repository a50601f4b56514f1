"""What every test may rely on, however the tests were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take SIGINT: a shell starts what it puts in the background with SIGINT ignored, and programs
    that tests start and interrupt would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
