from __future__ import annotations

import io
from typing import cast

from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver

from micro_tui.driver import Outliving, outliving


class Gone(io.StringIO):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_a_terminal_that_is_gone_takes_what_is_written() -> None:
    stream = Outliving(Gone())
    stream.write("picture")
    stream.flush()


def test_a_terminal_that_is_there_gets_what_is_written() -> None:
    there = io.StringIO()
    Outliving(there).write("picture")
    assert there.getvalue() == "picture"
    assert Outliving(there).isatty() is False


def test_other_drivers_stay_as_they_are() -> None:
    driver = cast("type[Driver]", HeadlessDriver)
    assert outliving(driver) is driver
