"""What every test may rely on, however the tests were started."""

from __future__ import annotations

import signal

import pytest

from micro.backends.deadlines import deadlines


def pytest_configure() -> None:
    """Take SIGINT: a shell starts what it puts in the background with SIGINT ignored, and programs
    that tests start and interrupt would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def time_goes_on_after_a_test():
    """Fail a test that lets the deadlines of those after it stand still."""
    yield
    assert deadlines.are_running, "a hold or a pause was not taken back"
